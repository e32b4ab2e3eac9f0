/**
 * Frameworks of three kinds launch what they have to; what is left of an offer goes back at once.
 *
 * In Mesos who has launched all says nothing: it has the smaller share from then on, is offered most
 * agents of each round, and the others get what time bounds, 30 seconds there, before they are done.
 * That is `silent`; here the bound on waiting ends it. `refusing` and `suppressing` are what who is
 * done does outside of a benchmark. Source: Mesos 1.11, src/tests/hierarchical_allocator_benchmarks.cpp.
 */
import type { Allocation } from '../../../actors/master/allocator/messages.ts';
import type { FrameworkId } from '../../../actors/protocol/ids.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import { contains, minus, type Resources } from '../../../actors/protocol/resources.ts';
import { addAgents } from './cluster.ts';
import { type Case, timed } from './figures.ts';
import { openStage, type Stage } from './stage.ts';

const AGENT_COUNT = 80;
/** Rounds are an interval apart; more than it takes with the bound on waiting alone. */
const ROUNDS_MAX = 10_000;
/** Of who is done and refuses. */
const REFUSE_MS = 60 * 60 * 1000;

interface Profile {
  readonly name: string;
  readonly count: number;
  readonly role: (number: number) => string;
  readonly tasks: number;
  readonly task: Resources;
  readonly tasksPerOffer: number;
}

const PROFILES: readonly Profile[] = [
  {
    ...{ name: 'Marathon', count: 4, tasks: 4000, tasksPerOffer: 100 },
    role: (number) => `roleA-${number}`,
    task: parseResources('cpus:0.07;mem:400'),
  },
  {
    ...{ name: 'Jenkins', count: 500, tasks: 5, tasksPerOffer: 1 },
    role: () => 'roleB',
    task: parseResources('cpus:0.1;mem:4000'),
  },
  {
    ...{ name: 'SparkDispatcher', count: 50, tasks: 20, tasksPerOffer: 5 },
    role: (number) => `roleC-${number}`,
    task: parseResources('cpus:1;mem:1000'),
  },
];

export const mixedCases: Readonly<Record<string, Case>> = {
  MultiFrameworkAllocations(_size, variant, say) {
    const stage = openStage();
    addAgents(stage, AGENT_COUNT, () => parseResources('cpus:64;mem:488000'));
    const launched = new Map<FrameworkId, number>();
    const profiles = addProfiles(stage);
    let wanted = 0;
    for (const { tasks } of profiles.values()) wanted += tasks;
    const runsMs: number[] = [];
    let [count, offerCount, giveBackMs, roundsOfMost] = [0, 0, 0, 0];
    while (count < wanted && runsMs.length < ROUNDS_MAX) {
      const { value: offers, cpuMs } = timed(() => stage.round());
      runsMs.push(cpuMs);
      offerCount += offers.length;
      const rests: Allocation[] = [];
      const refused: Allocation[] = [];
      for (const offer of offers) {
        const profile = profiles.get(offer.frameworkId);
        if (profile === undefined) continue;
        const had = launched.get(offer.frameworkId) ?? 0;
        let [rest, now] = [offer.resources, 0];
        while (
          now < profile.tasksPerOffer &&
          had + now < profile.tasks &&
          contains(rest, profile.task)
        ) {
          rest = minus(rest, profile.task);
          now++;
        }
        launched.set(offer.frameworkId, had + now);
        count += now;
        const isDone = had + now === profile.tasks;
        if (isDone && now > 0 && variant === 'suppressing') {
          stage.tell({ type: 'suppress', frameworkId: offer.frameworkId, roles: [] });
        }
        const given = { ...offer, resources: rest };
        if (isDone && variant === 'refusing') refused.push(given);
        else rests.push(given);
      }
      giveBackMs += timed(() => {
        stage.giveBack(rests);
        stage.giveBack(refused, { refuseMs: REFUSE_MS });
      }).cpuMs;
      if (count < 0.9 * wanted) roundsOfMost = runsMs.length + 1;
    }
    const rounds = runsMs.length;
    const cpuMs = runsMs.reduce((sum, one) => sum + one, 0);
    const slowest = Math.max(...runsMs).toFixed(1);
    say({
      ...{ what: 'round', count: rounds, cpuMs },
      note: `${count} of ${wanted} tasks in ${rounds} rounds, nine tenths by round ${roundsOfMost}, ${offerCount} offers, slowest ${slowest} ms`,
    });
    say({ what: 'recoverResources', count: offerCount, cpuMs: giveBackMs });
  },
};

function addProfiles({ tell }: Stage): Map<FrameworkId, Profile> {
  const profiles = new Map<FrameworkId, Profile>();
  for (const profile of PROFILES) {
    for (let number = 0; number < profile.count; number++) {
      const frameworkId = `${profile.name}-${number}` as FrameworkId;
      profiles.set(frameworkId, profile);
      const roles = [profile.role(number)];
      tell({ type: 'addFramework', frameworkId, roles, suppressedRoles: [], active: true });
    }
  }
  return profiles;
}
