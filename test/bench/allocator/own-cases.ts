/** Cases of our own: one big round, one small one, what a look at a role costs, and memory. */
import { refuse } from '../../../actors/master/allocator/filters.ts';
import type { Allocation } from '../../../actors/master/allocator/messages.ts';
import { AGENT, addAgents, addFrameworks, frameworkIdOf, ownCopyOf } from './cluster.ts';
import { type Case, type Figure, heapBytes, timed } from './figures.ts';
import { rounds, sayMedian, sayTimed } from './grid-cases.ts';
import { openStage, type Stage } from './stage.ts';

const REFUSE_MS = 365 * 24 * 60 * 60 * 1000;
const WANTED_SMALL_ROUND_MS = 1;
/** Frameworks that have refused everything, where looks are counted. */
const REFUSING_COUNT = 20;
const IDLE_AGENTS_MAX = 50;
/** Small rounds that are measured, after some that are not. */
const SMALL_ROUNDS = 300;

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
    sayOfferBack(stage, offers, say);
    saySmall(say, 'round after one agent was added', () => {
      addAgents(stage, 1, () => AGENT);
      stage.decide();
    });
    saySmall(say, 'round after one framework revived', (number) => {
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

  /**
   * All frameworks but one have refused all agents for long, and have the smaller shares: each round has
   * to get past them. Of a few agents only, as so many refusals take room.
   */
  IdleFrameworks(size, variant, say) {
    const stage = openStage();
    const agents = Math.min(size.agents, IDLE_AGENTS_MAX);
    addFrameworks(stage, size.frameworks, roleOf(variant));
    addAgents(stage, agents, () => AGENT);
    const { filters, members, agents: known } = stage.state;
    const idle = members.flatMap((member) => (member === undefined ? [] : [member.leaf])).slice(1);
    const refusal = { resources: AGENT, endMs: REFUSE_MS };
    for (const agentId of known.keys()) {
      for (const leaf of idle) refuse(filters, leaf, agentId, refusal);
    }
    const offers = [...stage.decide()];
    sayOfferBack(stage, offers, say, `${idle.length} idle`);
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
    // Once before, so that what the first round leaves for good does not count.
    stage.giveBack(stage.decide());
    let offers: readonly Allocation[] = [];
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

function sayOfferBack(
  stage: Stage,
  offers: Allocation[],
  say: (figure: Figure) => void,
  note = '',
): void {
  saySmall(
    say,
    'round after one offer came back',
    (number) => {
      const at = (number * 7919) % offers.length;
      stage.giveBack(offers.slice(at, at + 1));
      const [next] = stage.decide();
      if (next !== undefined) offers[at] = next;
    },
    note,
  );
}

function saySmall(
  say: (figure: Figure) => void,
  what: string,
  work: (number: number) => void,
  note = '',
): void {
  for (let number = 0; number < 100; number++) work(number);
  const { cpuMs } = timed(() => {
    for (let number = 0; number < SMALL_ROUNDS; number++) work(number);
  });
  say({ what, count: SMALL_ROUNDS, cpuMs, wantedMs: SMALL_ROUNDS * WANTED_SMALL_ROUND_MS, note });
}

function roleOf(variant: string): (number: number) => string {
  return variant === 'ownRoles' ? (number) => `role-${number}` : () => '*';
}

/** So that nothing of it is collected before here. */
function keep({ state }: Stage): void {
  if (state.agents.size < 0) throw new Error('An allocator has less than no agents');
}
