/** The allocator: what happens leads to a round, and the master hears what came of it. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentId, FrameworkId } from '../../../../actors/protocol/ids.ts';
import { parseAttributes, parseResources } from '../../../../actors/protocol/resources.ts';
import { agent, framework, recovered, stage } from './stage.ts';

const [one, two] = ['F1', 'F2'] as [FrameworkId, FrameworkId];
const [s1, s2] = ['S1', 'S2'] as [AgentId, AgentId];

test('all that is free on an agent goes to the framework that is due, at once', () => {
  const { tell, heard } = stage();
  tell(framework(one), agent(s1, 'cpus:4;mem:1024;ports:[1-9]'));
  deepEqual(heard(), ['0 F1 * S1 cpus:4;mem:1024;ports:[1-9]']);
});

test('what happens together is decided together, and rounds keep their distance', () => {
  const { tell, heard, pass } = stage();
  tell(framework(one), agent(s1, 'cpus:4'));
  tell(agent(s2, 'cpus:4'), framework(two));
  deepEqual(heard(), ['0 F1 * S1 cpus:4']);
  pass(4);
  equal(heard().length, 1);
  pass(1);
  deepEqual(heard().slice(1), ['5 F2 * S2 cpus:4']);
});

test('what is given back is offered again without waiting for the interval', () => {
  const { tell, heard, pass } = stage();
  tell(framework(one), agent(s1, 'cpus:4'));
  pass(100);
  tell(recovered(one, s1, 'cpus:1'));
  deepEqual(heard().slice(1), ['100 F1 * S1 cpus:1']);
});

test('what is declined goes to the next one, and comes back when the refusal has ended', () => {
  const { tell, heard, pass } = stage();
  tell(framework(one), framework(two), agent(s1, 'cpus:4'));
  pass(100);
  tell(recovered(one, s1, 'cpus:4', 5000));
  deepEqual(heard().slice(1), ['100 F2 * S1 cpus:4']);
  tell(recovered(two, s1, 'cpus:4', 20_000));
  pass(4999);
  equal(heard().length, 2);
  pass(1001);
  deepEqual(heard().slice(2), ['6000 F1 * S1 cpus:4']);
});

test('a refusal lasts at least one interval; none at all waits for the end of the current one', () => {
  const { tell, heard, pass } = stage();
  tell(framework(one), agent(s1, 'cpus:4'));
  pass(100);
  tell(recovered(one, s1, 'cpus:4', 1));
  pass(1899);
  equal(heard().length, 1);
  pass(1);
  deepEqual(heard().slice(1), ['2000 F1 * S1 cpus:4']);
  pass(100);
  tell(recovered(one, s1, 'cpus:4', 0));
  pass(899);
  equal(heard().length, 2);
  pass(1);
  deepEqual(heard().slice(2), ['3000 F1 * S1 cpus:4']);
});

test('a negative refusal is the default of five seconds, a long one at most a year', () => {
  const { tell, heard, pass, state } = stage();
  tell(framework(one), agent(s1, 'cpus:4'));
  pass(1000);
  tell(recovered(one, s1, 'cpus:4', -1));
  pass(5000);
  deepEqual(heard().slice(1), ['6000 F1 * S1 cpus:4']);
  tell(recovered(one, s1, 'cpus:4', 1e15));
  const [refusals] = [...(state.filters.byAgent.get(s1)?.byLeaf.values() ?? [])];
  equal(refusals?.[0]?.endMs, 6000 + 365 * 24 * 3600 * 1000);
});

test('more than was refused is offered', () => {
  const { tell, heard, pass } = stage();
  tell(framework(one), agent(s1, 'cpus:4'));
  pass(100);
  tell(recovered(one, s1, 'cpus:2', 60_000));
  equal(heard().length, 1);
  pass(100);
  tell(recovered(one, s1, 'cpus:2'));
  deepEqual(heard().slice(1), ['200 F1 * S1 cpus:4']);
});

test('who suppresses is offered nothing until it revives, which ends its refusals, too', () => {
  const { tell, heard, pass } = stage();
  tell(framework(one), { type: 'suppress', frameworkId: one, roles: [] }, agent(s1, 'cpus:4'));
  pass(5000);
  equal(heard().length, 0);
  tell({ type: 'revive', frameworkId: one, roles: ['*'] });
  deepEqual(heard(), ['5000 F1 * S1 cpus:4']);
  pass(10);
  tell(recovered(one, s1, 'cpus:4', 60_000));
  pass(10);
  tell({ type: 'revive', frameworkId: one, roles: [] });
  deepEqual(heard().slice(1), ['5020 F1 * S1 cpus:4']);
});

test('a role can be suppressed alone', () => {
  const { tell, heard } = stage();
  tell(
    { ...framework(one), roles: ['a', 'b'], suppressedRoles: ['a'] },
    agent(s1, 'cpus:4'),
    agent(s2, 'cpus:4'),
  );
  deepEqual(heard().sort(), ['0 F1 b S1 cpus:4', '0 F1 b S2 cpus:4']);
});

test('what is too little to be useful is not handed out', () => {
  const { tell, heard, pass } = stage();
  tell(framework(one), agent(s1, 'cpus:0.009;mem:31.999;disk:1000'), agent(s2, 'mem:32'));
  pass(10_000);
  deepEqual(heard(), ['0 F1 * S2 mem:32']);
});

test('inactive agents and frameworks are passed over', () => {
  const { tell, heard, pass } = stage();
  tell({ ...framework(one), active: false }, { ...agent(s1, 'cpus:1'), active: false });
  tell(framework(two));
  pass(5000);
  equal(heard().length, 0);
  tell({ type: 'activateAgent', agentId: s1 });
  deepEqual(heard(), ['5000 F2 * S1 cpus:1']);
  tell({ type: 'deactivateAgent', agentId: s1 }, recovered(two, s1, 'cpus:1'));
  pass(5000);
  equal(heard().length, 1);
  tell({ type: 'deactivateFramework', frameworkId: two });
  tell({ type: 'activateAgent', agentId: s1 }, { type: 'activateFramework', frameworkId: one });
  deepEqual(heard().slice(1), ['10000 F1 * S1 cpus:1']);
});

test('what is in use when an agent is added is not handed out, and counts for its framework', () => {
  const { tell, heard, pass } = stage();
  const used = [{ frameworkId: one, role: '*', resources: parseResources('cpus:3') }];
  tell({ ...agent(s1, 'cpus:4'), used }, framework(one), framework(two));
  deepEqual(heard(), ['0 F2 * S1 cpus:1']);
  pass(10);
  tell(recovered(one, s1, 'cpus:3'), recovered(two, s1, 'cpus:1'));
  deepEqual(heard().slice(1), ['10 F1 * S1 cpus:4']);
});

test('an agent that is added again starts anew under its new epoch', () => {
  const { tell, heard, pass, allocations } = stage();
  tell(framework(one), agent(s1, 'cpus:4'));
  pass(10);
  tell({ type: 'removeAgent', agentId: s1 }, { ...agent(s1, 'cpus:2'), epoch: 7 });
  deepEqual(heard().slice(1), ['10 F1 * S1 cpus:2']);
  deepEqual(
    allocations().map(({ agentEpoch }) => agentEpoch),
    [1, 7],
  );
  pass(10);
  tell({ ...agent(s1, 'cpus:3'), epoch: 8 });
  deepEqual(heard().slice(2), ['20 F1 * S1 cpus:3']);
});

test('what a removed framework had can be recovered, and nothing else of it is left', () => {
  const { tell, heard, pass, state } = stage();
  tell(framework(one), agent(s1, 'cpus:4'));
  tell({ type: 'removeFramework', frameworkId: one }, framework(two));
  pass(10);
  equal(heard().length, 1);
  tell(recovered(one, s1, 'cpus:4'));
  deepEqual(heard().slice(1), ['10 F2 * S1 cpus:4']);
  deepEqual([...state.frameworks.keys()], [two]);
});

test('what comes too late, twice, or for the unknown changes nothing', () => {
  const { tell, heard, pass } = stage();
  tell(framework(one), agent(s1, 'cpus:4'));
  pass(10);
  tell(
    recovered(two, s1, 'cpus:4'),
    recovered(one, s2, 'cpus:4'),
    { type: 'removeAgent', agentId: s2 },
    { type: 'removeFramework', frameworkId: two },
    { type: 'revive', frameworkId: two, roles: [] },
    { type: 'suppress', frameworkId: two, roles: [] },
    { type: 'activateFramework', frameworkId: two },
    { type: 'deactivateFramework', frameworkId: two },
    { type: 'updateFramework', frameworkId: two, roles: ['*'], suppressedRoles: [] },
    { type: 'activateAgent', agentId: s2 },
    { type: 'updateAgent', agentId: s2, total: [], attributes: [] },
  );
  pass(10);
  equal(heard().length, 1);
  tell(recovered(one, s1, 'cpus:9;mem:7'), recovered(one, s1, 'cpus:4'));
  deepEqual(heard().slice(1), ['20 F1 * S1 cpus:4']);
});

test('a framework leaves a role when it has nothing there any more', () => {
  const { tell, heard, pass, state } = stage();
  tell(framework(one), agent(s1, 'cpus:4'));
  pass(10);
  tell({ type: 'updateFramework', frameworkId: one, roles: ['b'], suppressedRoles: [] });
  pass(10);
  tell(recovered(one, s1, 'cpus:4', 60_000));
  deepEqual(heard().slice(1), ['20 F1 b S1 cpus:4']);
  deepEqual([...state.tree.root.children.keys()], ['b']);
});

test('another total and other attributes of an agent count from now on', () => {
  const { tell, heard, pass } = stage();
  tell(framework(one), agent(s1, 'cpus:4'));
  pass(10);
  tell({ type: 'updateAgent', agentId: s1, total: parseResources('cpus:6'), attributes: [] });
  deepEqual(heard().slice(1), ['10 F1 * S1 cpus:2']);
  pass(10);
  tell(recovered(one, s1, 'cpus:6', 60_000));
  const attributes = parseAttributes('rack:r1');
  tell({ type: 'updateAgent', agentId: s1, total: parseResources('cpus:5'), attributes });
  pass(5);
  deepEqual(heard().slice(2), ['25 F1 * S1 cpus:5']);
  pass(5);
  tell({ type: 'updateAgent', agentId: s1, total: parseResources('cpus:1'), attributes });
  tell(recovered(one, s1, 'cpus:4.5'));
  pass(5);
  deepEqual(heard().slice(3), ['35 F1 * S1 cpus:0.5']);
});

test('weights decide who is due', () => {
  const { tell, heard, pass } = stage();
  tell({ type: 'updateWeights', weights: [{ role: 'heavy', weight: 3 }] });
  tell({ ...framework(one), roles: ['heavy'] }, { ...framework(two), roles: ['light'] });
  for (let index = 0; index < 8; index++) {
    pass(10);
    tell(agent(`S${index}` as AgentId, 'cpus:1'));
  }
  equal(heard().filter((line) => line.includes('heavy')).length, 6);
});

test('what is worth an offer is counted, of ranges and sets by how many there are', () => {
  const { tell, heard, pass } = stage({
    minAllocatable: [parseResources('cpus:1;ports:3'), parseResources('disks:2')],
  });
  tell(framework(one), agent(s1, 'cpus:4;ports:[1-2]'), agent(s2, 'cpus:1;ports:[1-2,9-9]'));
  deepEqual(heard(), ['0 F1 * S2 cpus:1;ports:[1-2,9-9]']);
  tell(agent(s1, 'disks:{a,b}'));
  pass(10);
  equal(heard().length, 2);
});
