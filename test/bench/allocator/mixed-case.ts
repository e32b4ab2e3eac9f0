/**
 * Frameworks of three kinds launch what they have to. Nothing is refused: what is left of an offer
 * goes back at once. Source: Mesos 1.11, src/tests/hierarchical_allocator_benchmarks.cpp.
 */
import type { Allocation } from '../../../actors/master/allocator/messages.ts';
import type { FrameworkId } from '../../../actors/protocol/ids.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import { contains, minus, type Resources } from '../../../actors/protocol/resources.ts';
import { addAgents } from './cluster.ts';
import { type Case, timed } from './figures.ts';
import { openStage, type Stage } from './stage.ts';

const AGENT_COUNT = 80;
/** In Mesos 30 seconds are the limit; ours counts rounds, an interval apart. */
const ROUNDS_MAX = 1000;

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
  MultiFrameworkAllocations(_size, _variant, say) {
    const stage = openStage();
    addAgents(stage, AGENT_COUNT, () => parseResources('cpus:64;mem:488000'));
    const launched = new Map<FrameworkId, number>();
    const profiles = addProfiles(stage);
    let wanted = 0;
    for (const { tasks } of profiles.values()) wanted += tasks;
    const runsMs: number[] = [];
    let [count, offerCount, giveBackMs] = [0, 0, 0];
    while (count < wanted && runsMs.length < ROUNDS_MAX) {
      const { value: offers, cpuMs } = timed(() => stage.round());
      runsMs.push(cpuMs);
      offerCount += offers.length;
      const rests: Allocation[] = [];
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
        rests.push({ ...offer, resources: rest });
      }
      giveBackMs += timed(() => stage.giveBack(rests)).cpuMs;
    }
    const rounds = runsMs.length;
    const cpuMs = runsMs.reduce((sum, one) => sum + one, 0);
    const slowest = Math.max(...runsMs).toFixed(1);
    say({
      ...{ what: 'round', count: rounds, cpuMs },
      note: `${count} of ${wanted} tasks, ${offerCount} offers, slowest ${slowest} ms`,
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
