/** Cases of our own: one big round, one small one, what a look at a role costs, and memory. */
import { AGENT, addAgents, addFrameworks, frameworkIdOf, ownCopyOf } from './cluster.ts';
import { type Case, heapBytes, timed } from './figures.ts';
import { rounds, sayMedian, sayTimed } from './grid-cases.ts';
import { openStage, type Stage } from './stage.ts';

const REFUSE_MS = 365 * 24 * 60 * 60 * 1000;
const WANTED_SMALL_ROUND_MS = 1;
/** Frameworks that have refused everything, where looks are counted. */
const REFUSING_COUNT = 20;

export const ownCases: Readonly<Record<string, Case>> = {
  /** `oneRole`: all frameworks in one; `ownRoles`: each in one of its own. */
  FullRound(size, variant, say) {
    const stage = openStage();
    addFrameworks(stage, size.frameworks, roleOf(variant));
    sayTimed(say, 'addAgent', size.agents, () => addAgents(stage, size.agents, () => AGENT));
    let left = stage.decide();
    const runs = rounds(5, () => {
      stage.giveBack(left);
      return timed(() => {
        left = stage.decide();
      }).cpuMs;
    });
    sayMedian(say, 'round, all agents dirty', size, runs, `${left.length} offers`);
    sayTimed(say, 'recoverResources', left.length, () => stage.giveBack(left));
  },

  /** All is on offer: one offer comes back, one agent is added anew, one framework revives. */
  IncrementalRound(size, variant, say) {
    const stage = openStage();
    addFrameworks(stage, size.frameworks, roleOf(variant));
    addAgents(stage, size.agents, () => AGENT);
    const offers = [...stage.decide()];
    const count = 300;
    const small = (what: string, work: (number: number) => void) => {
      for (let number = 0; number < 100; number++) work(number);
      const { cpuMs } = timed(() => {
        for (let number = 0; number < count; number++) work(number);
      });
      say({ what, count, cpuMs, wantedMs: count * WANTED_SMALL_ROUND_MS });
    };
    small('round after one offer came back', (number) => {
      const at = (number * 7919) % offers.length;
      stage.giveBack(offers.slice(at, at + 1));
      const [next] = stage.decide();
      if (next !== undefined) offers[at] = next;
    });
    small('round after one agent was added', () => {
      addAgents(stage, 1, () => AGENT);
      stage.decide();
    });
    small('round after one framework revived', (number) => {
      stage.tell({
        type: 'revive',
        frameworkId: frameworkIdOf(number % size.frameworks),
        roles: [],
      });
      stage.decide();
    });
  },

  /** What it costs to look past frameworks that have refused the agent. */
  RefusedRound(size, variant, say) {
    const stage = openStage();
    addFrameworks(stage, size.frameworks, roleOf(variant));
    addAgents(stage, size.agents, () => AGENT);
    const refusals = Math.min(REFUSING_COUNT, size.frameworks - 1);
    for (let count = 0; count < refusals; count++) {
      stage.giveBack(stage.decide(), { refuseMs: REFUSE_MS });
    }
    let left = stage.decide();
    const runs = rounds(5, () => {
      stage.giveBack(left);
      return timed(() => {
        left = stage.decide();
      }).cpuMs;
    });
    const sorted = runs.sort((one, other) => one - other);
    const looks = size.agents * (refusals + 1);
    const note = `${left.length} offers, at most ${refusals + 1} looks at a role for each agent`;
    say({ what: 'look at a role', count: looks, cpuMs: sorted[2] ?? 0, note });
  },

  Memory(size, variant, say) {
    const stage = openStage();
    addFrameworks(stage, size.frameworks, roleOf(variant));
    const grown = (what: string, count: number, work: () => void) => {
      const before = heapBytes();
      const { cpuMs } = timed(work);
      say({ what, count, cpuMs, bytesEach: (heapBytes() - before) / count });
    };
    grown('an agent', size.agents, () => addAgents(stage, size.agents, () => ownCopyOf(AGENT)));
    let offers = stage.decide();
    stage.giveBack(offers);
    grown('an outstanding offer', size.agents, () => {
      offers = stage.decide();
    });
    grown('a refusal', offers.length, () => {
      stage.giveBack(offers, { refuseMs: REFUSE_MS });
      offers = [];
    });
    keep(stage);
  },
};

function roleOf(variant: string): (number: number) => string {
  return variant === 'ownRoles' ? (number) => `role-${number}` : () => '*';
}

/** So that nothing of it is collected before here. */
function keep({ state }: Stage): void {
  if (state.agents.size < 0) throw new Error('An allocator has less than no agents');
}
