/**
 * The rules of an allocation, one by one. Those of Mesos 1.11 are cited by the function of
 * hierarchical.cpp or of the sorters that has them; the others are Messor's (handbook, allocators).
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { priorityPolicy } from '../../../../actors/master/allocator/priority-policy.ts';
import type { AgentId, FrameworkId } from '../../../../actors/protocol/ids.ts';
import { parseResources, plus, type Resource } from '../../../../actors/protocol/resources.ts';
import nightPolicy from '../../../../docs/examples/night-policy.ts';
import { agent, framework, recovered, stage } from './stage.ts';

const F1 = 'F1' as FrameworkId;

test('a weight takes effect in the next round, and starts none (updateWeights)', () => {
  const { tell, heard, pass } = stage();
  tell(framework('F1', 'a'), agent('S1', 'cpus:1'), framework('F2', 'b'));
  pass(10);
  tell({ type: 'updateWeights', weights: [{ role: 'a', weight: 9 }] });
  equal(heard().length, 1);
  tell(agent('S2', 'cpus:1'), agent('S3', 'cpus:1'), agent('S4', 'cpus:1'));
  pass(10);
  deepEqual(who(heard().slice(1)).sort(), ['F1', 'F1', 'F2']);
});

test('agents with GPUs are only for who knows them (isCapableOfReceivingAgent)', () => {
  const { tell, heard, pass } = stage();
  tell(framework('F1', 'a'), agent('S1', 'cpus:4;gpus:1'));
  tell({ ...framework('F2', 'b'), capabilities: ['gpuResources'] });
  pass(5);
  deepEqual(who(heard()), ['F2']);
  const all = stage({ filterGpuResources: false });
  all.tell(framework('F1', 'a'), agent('S1', 'cpus:4;gpus:1'));
  deepEqual(who(all.heard()), ['F1']);
});

test('a shared volume is offered although somebody has it, but once in a round (__generateOffers)', () => {
  const { tell, heard, pass } = stage({ minAllocatable: [] });
  const volume: Resource = {
    ...{ name: 'disk', type: 'scalar', milli: 1000, shared: true },
    reservations: [{ type: 'dynamic', role: 'a' }],
    disk: { persistence: { id: 'v' } },
  };
  const total = plus(parseResources('cpus:2'), [volume]);
  tell({ ...framework('F1', 'a'), capabilities: ['sharedResources'] });
  tell({ ...framework('F2', 'a'), capabilities: ['sharedResources'] }, agent('S1', total));
  pass(5);
  equal(heard().filter((line) => line.includes('disk')).length, 1);
  tell(recovered('F1', 'S1', 'cpus:2', undefined, 'a'));
  pass(5);
  equal(heard().filter((line) => line.includes('disk')).length, 2);
});

test('the random sorter goes by weights (sorter/random, WeightedShuffle)', () => {
  const { tell, heard, pass } = stage({ roleSorter: 'random', frameworkSorter: 'random' });
  tell({ type: 'updateWeights', weights: [{ role: 'a', weight: 3 }] });
  tell(framework('F1', 'a'), framework('F2', 'b'), framework('F3', 'b'));
  for (let index = 0; index < 400; index++) tell(agent(`S${index}`, 'cpus:1'));
  pass(10);
  const count = (id: string) => who(heard()).filter((one) => one === id).length;
  ok(Math.abs(count('F1') - 300) < 40, `${count('F1')} of 400 to the weight of 3 in 4`);
  ok(Math.abs(count('F2') - 50) < 30 && Math.abs(count('F3') - 50) < 30);
});

test('with quotas a new leader offers nothing before enough agents are back (recover)', () => {
  const { tell, heard, pass } = stage();
  tell({ type: 'holdOff', agentCount: 2, timeoutMs: 600_000 });
  tell(framework('F1', 'a'), agent('S1', 'cpus:1'));
  pass(5000);
  equal(heard().length, 0);
  tell(agent('S2', 'cpus:1'));
  pass(5);
  equal(heard().length, 2);
  const late = stage();
  late.tell({ type: 'holdOff', agentCount: 2, timeoutMs: 600_000 });
  late.tell(framework('F1', 'a'), agent('S1', 'cpus:1'));
  late.pass(600_000);
  late.pass(10);
  equal(late.heard().length, 1);
});

test('only agents on the whitelist are offered, as it is at the interval (updateWhitelist)', () => {
  let hosts: ReadonlySet<string> | undefined = new Set(['h1']);
  const { tell, heard, pass } = stage({ whitelist: () => hosts });
  tell({ ...agent('S1', 'cpus:1'), hostname: 'h1' }, { ...agent('S2', 'cpus:1'), hostname: 'h2' });
  tell(framework('F1', 'a'));
  pass(500);
  equal(heard().length, 1);
  hosts = undefined;
  pass(1000);
  equal(heard().length, 2);
});

test('agents are packed, or spread: the fullest come first, or the emptiest', () => {
  for (const [agentOrder, first] of [
    ['pack', 'S2'],
    ['spread', 'S1'],
  ] as const) {
    const { tell, allocations, pass } = stage({ agentOrder });
    const used = [{ frameworkId: F1, role: 'a', resources: parseResources('cpus:3') }];
    tell(agent('S1', 'cpus:4'), { ...agent('S2', 'cpus:4'), used });
    pass(10);
    tell(framework('F1', 'a'));
    pass(10);
    equal(allocations()[0]?.agentId, first);
  }
});

test('who waits longer than the bound comes before all others, once, whatever its share', () => {
  const { tell, heard, pass } = stage({ offerWaitMsMax: 10_000 });
  const used = [{ frameworkId: F1, role: 'a', resources: parseResources('cpus:6') }];
  tell({ ...agent('S0', 'cpus:6'), used }, framework('F1', 'a'), framework('F2', 'b'));
  tell(agent('S1', 'cpus:1'));
  // F2 has nothing, takes what comes, and gives it back: without a bound F1 never has its turn.
  for (let second = 0; second < 14; second++) {
    pass(1000);
    const last = heard().at(-1)?.split(' ') ?? [];
    tell(recovered(last[1] ?? '', 'S1', 'cpus:1', 0, last[2] ?? ''));
  }
  equal(who(heard()).filter((id) => id === 'F1').length, 1);
  ok(heard().some((line) => /^1[01]\d{3} F1 /.test(line)));
});

test('what is less than was asked for is not offered, and goes to others', () => {
  const { tell, heard, pass } = stage();
  tell(framework('F1', 'a'), agent('big', 'cpus:8'));
  tell(recovered('F1', 'big', 'cpus:2', undefined, 'a'));
  pass(5);
  tell(recovered('F1', 'big', 'cpus:8', 600_000, 'a'));
  tell({ type: 'request', frameworkId: F1, requests: [{ resources: parseResources('cpus:4') }] });
  const before = heard().length;
  tell(agent('S1', 'cpus:2'), agent('S2', 'cpus:4'));
  pass(5);
  deepEqual(
    heard()
      .slice(before)
      .map((line) => line.split(' ')[3]),
    ['S2'],
  );
  tell(framework('F2', 'b'));
  pass(5);
  ok(heard().some((line) => line.includes('F2 b S1')));
});

test('a demand that no agent could hold does not count, and ends with the asking', () => {
  const { tell, heard, pass } = stage();
  tell(framework('F1', 'a'));
  tell({ type: 'request', frameworkId: F1, requests: [{ resources: parseResources('cpus:4') }] });
  tell(agent('S1', 'cpus:2'));
  pass(5);
  equal(heard().length, 1);
  const onlyThere = { resources: parseResources('cpus:1'), agentId: 'S3' as AgentId };
  tell({ type: 'request', frameworkId: F1, requests: [onlyThere] }, agent('S3', 'cpus:1'));
  tell(agent('S4', 'cpus:9'));
  pass(5);
  deepEqual(
    heard()
      .slice(1)
      .map((line) => line.split(' ')[3]),
    ['S3'],
  );
  tell({ type: 'request', frameworkId: F1, requests: [] });
  pass(5);
  equal(heard().length, 3);
});

test('a policy of classes serves the first class as long as it wants, and is fair inside', () => {
  const { tell, heard, pass } = stage({ policy: priorityPolicy([['prod', 'web'], ['batch']]) });
  tell(framework('F3', 'batch'), framework('F4', 'other'), framework('F1', 'prod'));
  tell(framework('F2', 'web'));
  for (let index = 0; index < 8; index++) tell(agent(`S${index}`, 'cpus:1'));
  pass(10);
  deepEqual(who(heard()).sort(), [...'1111'].map(() => 'F1').concat([...'2222'].map(() => 'F2')));
  tell({ type: 'suppress', frameworkId: F1, roles: [] });
  tell({ type: 'suppress', frameworkId: 'F2' as FrameworkId, roles: [] }, agent('S8', 'cpus:1'));
  pass(10);
  equal(who(heard()).at(-1), 'F3');
});

test('the policy of the example has ranks, shares and limits', () => {
  const { tell, heard, pass } = stage({ policy: nightPolicy });
  tell(framework('F1', 'batch'), framework('F2', 'experiments'), framework('F3', 'web'));
  for (let index = 0; index < 10; index++) tell(agent(`S${index}`, 'cpus:4'));
  pass(10);
  const counts = ['F1', 'F2', 'F3'].map((id) => who(heard()).filter((one) => one === id).length);
  deepEqual(counts, [0, 2, 8]);
});

function who(lines: readonly string[]): string[] {
  return lines.map((line) => line.split(' ')[1] ?? '');
}
