/**
 * What ran when its agent came back, and was ended instead of taken up, though the agent had written it
 * down. Only what a master had told the agent to end may be: what is deaf then runs on until its grace
 * period is over, and the next life of the agent, which finds it, ends it. Its framework may be back
 * nevertheless, when the master has forgotten that it removed it.
 */
import { CONTAINER_MARK } from '../../actors/agent/launcher/processes.ts';
import type { AgentState } from '../../actors/agent/state.ts';
import { AGENT_NAME, type MasterMessage } from '../../actors/protocol/messages.ts';
import type { Tagged } from '../../runtime/actor.ts';
import type { System } from '../../runtime/system.ts';
import type { Cluster } from '../kit/cluster.ts';
import { lookInside } from '../kit/look-inside.ts';
import type { ScriptedContainer } from '../kit/scripted-launcher.ts';
import type { JobLedger } from './jobs.ts';

type Seen = Extract<MasterMessage, { type: 'frameworkShutDown' }>;
type Ledger = Pick<JobLedger, 'name' | 'frameworkId' | 'isCheckpointed' | 'over'>;

export class LeftBehind {
  /** Of executors whose framework was to end. */
  readonly #toEnd = new Set<string>();

  /** @param system where it was seen */
  see(seen: Tagged, system: System | undefined): void {
    // Nobody else has a word of this name, and the agent says it while it does what it says.
    const message = seen as Seen;
    if (message.type !== 'frameworkShutDown' || system === undefined) return;
    const agent = lookInside<AgentState>(system, { name: AGENT_NAME });
    for (const [containerId, { frameworkId }] of agent?.state.containers ?? []) {
      if (frameworkId === message.frameworkId) this.#toEnd.add(containerId);
    }
  }

  /** About what should have gone on. */
  sentences({ agents }: Pick<Cluster, 'agents'>, ledgers: readonly Ledger[]): string[] {
    return agents.flatMap(({ node, machine }) =>
      machine.recovered.leftovers.flatMap((leftover) => {
        const { task, environment } = leftover;
        const frameworkId = environment['MESSOR_FRAMEWORK_ID'];
        const ledger = ledgers.find((each) => each.frameworkId === frameworkId);
        if (ledger === undefined || ledger.over !== undefined || !ledger.isCheckpointed) return [];
        if (this.#toEnd.has(executorContainer(leftover))) return [];
        return [`${task} of ${ledger.name} ran on ${node.name}, and was not taken up again`];
      }),
    );
  }
}

/** What belongs to a task of a group is inside its executor's. */
function executorContainer({ environment }: ScriptedContainer): string {
  return (environment[CONTAINER_MARK] ?? '').replace(/\..*$/, '');
}
