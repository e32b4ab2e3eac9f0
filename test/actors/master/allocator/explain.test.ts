/** Why a framework is offered nothing: what a round would do now, for each agent. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { ALLOCATOR_DEFAULTS } from '../../../../actors/master/allocator/allocator.ts';
import type { Explanation, WithheldKind } from '../../../../actors/protocol/explanation.ts';
import type { AgentId, FrameworkId } from '../../../../actors/protocol/ids.ts';
import { parseResources } from '../../../../actors/protocol/resources.ts';
import { address } from '../../../kit/probe.ts';
import { agent, framework, recovered, stage } from './stage.ts';

const [one, two] = ['F1', 'F2'] as [FrameworkId, FrameworkId];
const [s1, s2, s3] = ['S1', 'S2', 'S3'] as [AgentId, AgentId, AgentId];
const asker = address<Explanation>('operator', 'o:1');

test('what the master has said already comes first, and whoever asked is answered', () => {
  const { tell, why } = start();
  tell(framework(one));
  const said = [{ code: 'noAgents', text: 'No agent is registered' }] as const;
  const { frameworkId, reasons, agentsLookedAt } = why(one, { said });
  deepEqual([frameworkId, reasons, agentsLookedAt], [one, said, 0]);
});

test('who has suppressed is told so, and the agents are not looked at', () => {
  const { tell, codes, why } = start();
  tell(framework(one, 'a', 'b'), { type: 'suppress', frameworkId: one, roles: ['a'] });
  tell(agent(s1, ''));
  deepEqual(codes(one), ['a suppressed', 'b nothingFree']);
  const { reasons, roles } = why(one);
  match(reasons[0]?.advice ?? '', /REVIVE/);
  deepEqual(
    roles?.map(({ suppressed, agents }) => [suppressed, agents]),
    [
      [true, {}],
      [false, { nothingFree: 1 }],
    ],
  );
});

test('what is reserved for others, or asks for a capability, is told as such', () => {
  const { tell, codes } = start();
  tell(framework(one, 'a'), agent(s1, 'cpus(b):4'));
  deepEqual(codes(one), ['a reserved']);
  tell(
    agent(
      s2,
      parseResources('cpus:4').map((each) => ({ ...each, revocable: true as const })),
    ),
  );
  deepEqual(codes(one), ['a reserved', 'a notCapable']);
});

test('who may only have something else does not come first', () => {
  const { tell, codes, pass } = start({ roundGapMs: 1000 });
  tell(framework(one, 'a'), framework(two, 'b'), agent(s1, 'cpus:4'));
  tell(agent(s2, 'cpus:0.001;cpus(a):2;cpus(b):2'));
  deepEqual([codes(one)[0], codes(two)[0]], ['a next', 'b next']);
  pass(1000);
  deepEqual([codes(one), codes(two)], [['a nothingFree'], ['b nothingFree']]);
});

test('what was refused is told with the time when that ends', () => {
  const { tell, pass, codes, why } = start();
  tell(framework(one), agent(s1, 'cpus:4'));
  pass(1000);
  tell(recovered(one, s1, 'cpus:4', 60_000));
  pass(20_000);
  deepEqual(codes(one), ['* refused']);
  const { reasons, roles } = why(one);
  match(
    reasons[0]?.text ?? '',
    /declined what is free on one agent \(such as cpus:4\), .* end in 40 s$/,
  );
  const [role] = roles ?? [];
  deepEqual(role?.samples, [
    { agentId: s1, free: 'cpus:4', verdict: 'refused', refusedForMs: 40_000 },
  ]);
  deepEqual(
    [role?.offeredCount, role?.lastOfferedMsAgo, role?.declinedCount, role?.lastDeclinedMsAgo],
    [1, 21_000, 1, 20_000],
  );
  pass(41_000);
  deepEqual(codes(one), ['* nothingFree'], 'offered again');
});

test('agents are told apart: too little free, nothing free, no connection', () => {
  const { tell, codes, why } = start();
  tell(framework(one));
  tell(agent(s1, 'disk:5'), agent(s2, ''), { ...agent(s3, 'cpus:4'), active: false });
  deepEqual(codes(one), ['* tooSmall', '* nothingFree', '* agentsInactive']);
  deepEqual(why(one).roles?.[0]?.agents, { tooSmall: 1, nothingFree: 1, agentsInactive: 1 });
});

test('agents that operators drain or deactivate are told apart from those without a connection', () => {
  const { tell, why } = start();
  tell(framework(one));
  for (const each of [s1, s2, s3]) tell({ ...agent(each, 'cpus:4'), active: false });
  const withheld = new Map<AgentId, WithheldKind>([
    [s1, 'agentsDraining'],
    [s2, 'agentsDeactivated'],
  ]);
  deepEqual(why(one, { withheld }).roles?.[0]?.agents, {
    agentsDraining: 1,
    agentsDeactivated: 1,
    agentsInactive: 1,
  });
});

test('who comes first is named, with both shares', () => {
  const { tell, why, codes } = start({ roundGapMs: 1000 });
  tell(framework(one, 'a'), agent(s1, 'cpus:4'));
  // Between what happens and the round that follows from it.
  tell(framework(two, 'b'), agent(s2, 'cpus:4'));
  deepEqual([codes(two)[0], codes(one)[0]], ['b next', 'a otherFirst']);
  const { reasons, roles } = why(one);
  match(
    reasons[0]?.text ?? '',
    /^Others come before it on one agent: F2 \(role b, share 0\.0%\); its own share is 50\.0%$/,
  );
  deepEqual(roles?.[0]?.samples[1]?.first, { frameworkId: two, role: 'b' });
});

test('who declines and refuses nothing waits for the end of the interval', () => {
  const { tell, codes } = start({ allocationIntervalMs: 10_000 });
  tell(framework(one), agent(s1, 'cpus:4'));
  tell(recovered(one, s1, 'cpus:4', 0));
  deepEqual(codes(one), ['* waitingForInterval']);
});

test('what was asked about fits somewhere, not now, or nowhere', () => {
  const { tell, why } = start();
  tell(framework(one), agent(s1, 'cpus:4;mem:64'));
  tell({ ...agent(s2, 'cpus:8;mem:64'), active: false });
  const fits = (needs: string) => why(one, { needs }).reasons.at(-1);
  equal(fits('cpus:9')?.code, 'needsTooLarge');
  match(fits('cpus:9')?.text ?? '', /^No agent has cpus:9 at all, of 2/);
  equal(fits('cpus:8')?.code, 'needsNotFree');
  tell({ type: 'deactivateFramework', frameworkId: one }, recovered(one, s1, 'cpus:4;mem:64'));
  equal(fits('cpus:4')?.code, 'needsFit');
});

test('a role that was left while something is used in it is told', () => {
  const { tell, codes } = start();
  tell(framework(one, 'a'), agent(s1, 'cpus:4'));
  tell({ type: 'updateFramework', frameworkId: one, roles: ['b'], suppressedRoles: [] });
  deepEqual(codes(one), ['a roleLeft', 'b nothingFree']);
});

test('a question looks at a bounded part of a large cluster, and says at how much', () => {
  const { actor, tell, why, pass } = start();
  const roles = Array.from({ length: 100 }, (_, index) => `r${index}`);
  for (let index = 0; index < 2000; index++) actor.receive(agent(`S${index}`, ''));
  tell(framework(one, ...roles));
  pass(1);
  equal(why(one).agentsLookedAt, 1000);
});

test('asking changes nothing: the next round does what it would have done', () => {
  const lives = [true, false].map((asks) => {
    const { tell, pass, why, allocations } = start();
    for (let index = 0; index < 10; index++) {
      tell(framework(`F${index % 3}`, 'a'));
      tell(agent(`S${index}`, 'cpus:4'));
      if (asks) ok(why('F0' as FrameworkId, { needs: 'cpus:1' }).reasons.length > 0);
      pass(3);
    }
    pass(5000);
    return allocations();
  });
  deepEqual(lives[0], lives[1]);
});

function start(change: Partial<typeof ALLOCATOR_DEFAULTS> = {}) {
  const { actor, pass, tell, allocations } = stage(change);
  const why = (
    frameworkId: FrameworkId,
    {
      needs,
      said = [],
      withheld = new Map(),
    }: {
      needs?: string;
      said?: Explanation['reasons'];
      withheld?: ReadonlyMap<AgentId, WithheldKind>;
    } = {},
  ): Explanation => {
    actor.receive({
      type: 'explain',
      frameworkId,
      said: { type: 'explanation', frameworkId, reasons: said },
      withheld,
      replyTo: asker,
      ...(needs !== undefined && { needs: parseResources(needs) }),
    });
    const answer = actor.sentTo(asker).at(-1)?.message;
    ok(answer !== undefined);
    return answer;
  };
  return {
    actor,
    pass,
    why,
    tell,
    codes: (frameworkId: FrameworkId) =>
      why(frameworkId).reasons.map(({ role, code }) => `${role} ${code}`),
    allocations,
  };
}
