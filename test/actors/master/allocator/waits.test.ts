/**
 * The bound on the time to an offer, as `waits` states it, whatever happened before. Who is passed by each
 * other at most once is passed L - 1 times at most.
 */
import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Allocation } from '../../../../actors/master/allocator/messages.ts';
import type { AgentId, FrameworkId } from '../../../../actors/protocol/ids.ts';
import {
  contains,
  minus,
  parseResources,
  type Resources,
} from '../../../../actors/protocol/resources.ts';
import { agent, framework, stage } from './stage.ts';

const WAIT_MS_MAX = 4000;
/** As `ALLOCATOR_DEFAULTS` has it: no refusal is shorter. */
const INTERVAL_MS = 1000;
const PART = parseResources('cpus:1');

type Event =
  | { readonly passMs: number }
  | { readonly addAgent: number }
  | { readonly give: number; readonly whole: boolean; readonly refuseMs: number | undefined }
  | { readonly turn: number; readonly active: boolean };

const EVENTS: fc.Arbitrary<Event> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ passMs: fc.constantFrom(1, 500, 1500, 4100) }) },
  { weight: 2, arbitrary: fc.record({ addAgent: fc.nat(5) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      give: fc.nat(9),
      whole: fc.boolean(),
      refuseMs: fc.constantFrom(undefined, undefined, 0, 2000, 9000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ turn: fc.nat(5), active: fc.boolean() }) },
);

interface Waiting {
  readonly sinceMs: number;
  /** Who was offered what it could have had while it was overdue. */
  readonly passedBy: Set<FrameworkId>;
}

test('property: who is overdue sees each other at most once get what it could have, and only who waited longer', () => {
  const history = fc.record({
    count: fc.integer({ min: 2, max: 6 }),
    events: fc.array(EVENTS, { minLength: 20, maxLength: 60, size: 'max' }),
  });
  let passedCount = 0;
  fc.assert(
    fc.property(history, ({ count, events }) => {
      const play = played(count);
      for (const event of events) play.happen(event);
      passedCount += play.passedCount();
      // Now all want something, and nobody refuses: each is served in as many turns as there are.
      for (let number = 0; number < count; number++) play.happen({ turn: number, active: true });
      play.happen({ addAgent: 0 });
      const served = play.serve(count);
      equal(served.size, count);
    }),
    { numRuns: 40 },
  );
  ok(passedCount > 0, 'the property was about something');
});

function played(count: number) {
  const { tell, pass, allocations, actor } = stage({ roundGapMs: 0, offerWaitMsMax: WAIT_MS_MAX });
  const ids = Array.from({ length: count }, (_, number) => `F${number}` as FrameworkId);
  const waiting = new Map<FrameworkId, Waiting>();
  let refusals: {
    who: FrameworkId;
    agentId: AgentId;
    resources: Resources;
    endMs: number;
  }[] = [];
  let held: Allocation[] = [];
  let [heardCount, passedCount] = [0, 0];
  const starts = (who: FrameworkId, sinceMs: number) =>
    waiting.set(who, { sinceMs, passedBy: new Set() });

  /** Whether an overdue framework could have had what another one got. */
  function couldHave(who: FrameworkId, { agentId, resources }: Allocation, atMs: number): boolean {
    return !refusals.some(
      (each) =>
        each.who === who &&
        each.agentId === agentId &&
        each.endMs > atMs &&
        contains(each.resources, resources),
    );
  }

  function heed(): FrameworkId[] {
    const news = allocations().slice(heardCount);
    heardCount += news.length;
    for (const { atMs, ...allocation } of news) {
      const { frameworkId } = allocation;
      const winner = waiting.get(frameworkId);
      ok(winner !== undefined, 'only who wants offers is offered something');
      for (const [who, { sinceMs, passedBy }] of waiting) {
        if (who === frameworkId || atMs - sinceMs <= WAIT_MS_MAX) continue;
        if (!couldHave(who, allocation, atMs)) continue;
        ok(winner.sinceMs <= sinceMs, `${frameworkId} has not waited as long as ${who}`);
        ok(!passedBy.has(frameworkId), `${frameworkId} is offered something before ${who} twice`);
        passedBy.add(frameworkId);
        passedCount++;
      }
      starts(frameworkId, atMs);
      held.push(allocation);
    }
    return news.map(({ frameworkId }) => frameworkId);
  }

  function give(what: Allocation, whole: boolean, refuseMs: number | undefined): void {
    const { frameworkId, role, agentId } = what;
    const resources = whole || !contains(what.resources, PART) ? what.resources : PART;
    const rest = minus(what.resources, resources);
    held = held.filter((each) => each !== what);
    if (rest.length > 0) held.push({ ...what, resources: rest });
    if (refuseMs !== undefined && refuseMs > 0) {
      const endMs = actor.nowMs() + Math.max(refuseMs, INTERVAL_MS);
      refusals.push({ who: frameworkId, agentId, resources, endMs });
    }
    const given = { frameworkId, role, agentId, resources };
    const filters = refuseMs === undefined ? {} : { filters: { refuseMs } };
    tell({ type: 'recoverResources', ...given, ...filters });
  }

  for (const id of ids) {
    starts(id, actor.nowMs());
    tell(framework(id, id));
  }

  return {
    passedCount: () => passedCount,
    happen(event: Event): void {
      if ('passMs' in event) pass(event.passMs);
      else if ('addAgent' in event) {
        const agentId = `S${event.addAgent}` as AgentId;
        if (!actor.state.agents.has(agentId)) tell(agent(agentId, 'cpus:4;mem:64'));
      } else if ('give' in event) {
        const what = held[event.give % Math.max(held.length, 1)];
        if (what !== undefined) give(what, event.whole, event.refuseMs);
      } else {
        const frameworkId = ids[event.turn % count] ?? ids[0];
        if (frameworkId === undefined) return;
        if (event.active) {
          if (!waiting.has(frameworkId)) starts(frameworkId, actor.nowMs());
          refusals = refusals.filter(({ who }) => who !== frameworkId);
        } else waiting.delete(frameworkId);
        tell({ type: event.active ? 'revive' : 'suppress', frameworkId, roles: [] });
      }
      heed();
    },
    /** Gives all back when all have waited, so many times. @returns who was offered something */
    serve(turns: number): Set<FrameworkId> {
      const served = new Set<FrameworkId>();
      for (let turn = 0; turn < turns; turn++) {
        pass(WAIT_MS_MAX + 1);
        for (const who of heed()) served.add(who);
        for (const what of [...held]) {
          give(what, true, undefined);
          for (const who of heed()) served.add(who);
        }
      }
      return served;
    },
  };
}
