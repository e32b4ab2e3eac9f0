/**
 * Quota in the round: what is guaranteed is kept free, and what is limited is not exceeded. Rules:
 * Mesos 1.11, hierarchical.cpp, __generateOffers.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { governorOf } from '../../../../actors/master/allocator/quota-book.ts';
import { branchOf } from '../../../../actors/master/allocator/shares.ts';
import type { QuotaConfig } from '../../../../actors/protocol/quota.ts';
import { parseResources, plus, type Resource } from '../../../../actors/protocol/resources.ts';
import { agent, framework, recovered, stage } from './stage.ts';

test('a role is never allocated more than its limit: an agent is cut down to what is left of it', () => {
  const { tell, heard, pass } = stage();
  tell(limits('a', 'cpus:3'), framework('F1', 'a'));
  tell(agent('S1', 'cpus:2;mem:64'), agent('S2', 'cpus:2;mem:64'), agent('S3', 'cpus:2;mem:64'));
  pass(5000);
  equal(cpusOf(heard()), 3);
  // What the limit does not name is not limited.
  equal(heard().filter((line) => line.includes('mem:64')).length, 3);
});

test('limits hold at every role above: what is used below a counts for a', () => {
  const { tell, heard, pass } = stage();
  tell(quota(config('a', '', 'cpus:3'), config('a/x', '', 'cpus:2')));
  tell(
    framework('F1', 'a/x'),
    framework('F2', 'a/y/z'),
    agent('S1', 'cpus:2'),
    agent('S2', 'cpus:2'),
  );
  pass(5000);
  deepEqual(sums(heard()), { F1: 2, F2: 1 });
});

test('reservations consume quota, allocated or not, and also those of roles below', () => {
  const { tell, heard, pass } = stage();
  tell(limits('a', 'cpus:3'), agent('S1', 'cpus(a/x):2;mem:64'), agent('S2', 'cpus:4'));
  tell(framework('F1', 'a'));
  pass(5000);
  equal(cpusOf(heard()), 1);
});

test('reservations are offered beyond every limit: they are consumed already', () => {
  const { tell, heard } = stage();
  tell(
    limits('a', 'cpus:0;mem:0'),
    framework('F1', 'a'),
    agent('S1', 'cpus(a):2;mem(a):64;cpus:2'),
  );
  deepEqual(heard(), ['0 F1 a S1 cpus(a):2;mem(a):64']);
});

test('a role at its limit is passed over until something of its is given back or the limit is another one', () => {
  const { tell, heard, state, pass } = stage();
  const isAside = (role: string) => branchOf(state.tree, role)?.isAside;
  tell(limits('a', 'cpus:2;mem:64'), framework('F1', 'a/x'), agent('S1', 'cpus:2;mem:64'));
  tell(agent('S2', 'cpus:2;mem:64'));
  deepEqual([isAside('a'), isAside('a/x')], [true, false]);
  // One of another role, and one that is new below the same limit.
  tell(framework('F2', 'b'), framework('F3', 'a/y'));
  pass(100);
  deepEqual(sums(heard()), { F1: 2, F2: 2 });
  tell(recovered('F1', 'S1', 'cpus:2;mem:64', 5000, 'a/x'));
  pass(1000);
  deepEqual(sums(heard()), { F1: 2, F2: 2, F3: 2 });
  equal(isAside('a'), true);
  tell(limits('b', 'cpus:9'), agent('S3', 'cpus:2;mem:64'));
  pass(100);
  equal(isAside('a'), false);
});

test('what is missing of a guarantee is kept free, wherever it is', () => {
  const { tell, heard, pass } = stage();
  tell(guarantees('g', 'cpus:3'), framework('F1', 'a'));
  for (const agentId of ['S1', 'S2', 'S3']) tell(agent(agentId, 'cpus:2;mem:64'));
  pass(5000);
  equal(cpusOf(heard()), 3);
  // Who it is kept for gets it, and more only as others do not need it.
  tell(framework('F2', 'g'));
  pass(5000);
  deepEqual(sums(heard()), { F1: 3, F2: 3 });
});

test('who lacks what it is guaranteed chooses before who has the smaller share', () => {
  const { tell, heard, pass } = stage();
  tell(framework('F1', 'g'), agent('S1', 'cpus:4'));
  pass(10);
  tell(guarantees('g', 'cpus:6'), framework('F2', 'a'), agent('S2', 'cpus:4'));
  pass(10);
  deepEqual(heard().slice(1), ['10 F1 g S2 cpus:4']);
});

test('a guarantee that is met gives no precedence any more', () => {
  const { tell, heard, pass } = stage();
  tell(framework('F1', 'g'), agent('S1', 'cpus:4'));
  pass(10);
  tell(guarantees('g', 'cpus:4'), framework('F2', 'a'), agent('S2', 'cpus:4'));
  pass(10);
  deepEqual(heard().slice(1), ['10 F2 a S2 cpus:4']);
});

test('what is guaranteed may be had even where guarantees are for more than there is', () => {
  const { tell, heard, pass } = stage();
  tell(quota(config('g', 'cpus:5'), config('h', 'cpus:5')));
  tell(framework('F1', 'g'), agent('S1', 'cpus:4'));
  pass(5);
  deepEqual(heard(), ['5 F1 g S1 cpus:4']);
});

test('the guarantee of a role is also for the roles below it, but not what one of these was promised', () => {
  const { tell, heard, pass } = stage();
  tell(quota(config('a', 'cpus:6'), config('a/x', 'cpus:4'), config('b', 'cpus:2')));
  tell(framework('F1', 'a/y'), agent('S1', 'cpus:4'), agent('S2', 'cpus:4'));
  pass(5000);
  equal(cpusOf(heard()), 2);
  tell(framework('F2', 'a/x'), framework('F3', 'b'));
  pass(5000);
  deepEqual(sums(heard()), { F1: 2, F2: 4, F3: 2 });
});

test('what comes from ports, and what may be taken back, is not held back', () => {
  const { tell, heard, pass } = stage();
  const revocable: Resource = { name: 'cpus', type: 'scalar', milli: 8000, revocable: true };
  tell(guarantees('g', 'cpus:4'), {
    ...framework('F1', 'a'),
    capabilities: ['revocableResources'],
  });
  tell(agent('S1', plus(parseResources('cpus:4;ports:[1-9]'), [revocable])));
  pass(5);
  deepEqual(heard(), ['5 F1 a S1 cpus{REV}:8;ports:[1-9]']);
});

test('a disk that is only given as a whole is not cut: it is in or out', () => {
  const { tell, heard, pass } = stage();
  const mount = (milli: number): Resource => ({
    ...{ name: 'disk', type: 'scalar', milli },
    disk: { source: { type: 'mount', root: `/mnt/${milli}` } },
  });
  tell(limits('a', 'disk:5'), framework('F1', 'a'));
  tell(agent('S1', plus(plus(parseResources('cpus:1;disk:1'), [mount(4000)]), [mount(3000)])));
  pass(5);
  deepEqual(heard(), ['5 F1 a S1 cpus:1;disk:1;disk[MOUNT:/mnt/3000]:3']);
});

test('what was held back is offered when more is free, at the end of the interval', () => {
  const { tell, heard, pass } = stage();
  tell(limits('a', 'cpus:2'), framework('F1', 'a'), agent('S1', 'cpus:2'), agent('S2', 'cpus:2'));
  pass(10);
  equal(cpusOf(heard()), 2);
  const used = heard()[0]?.split(' ')[3] ?? '';
  tell(recovered('F1', used, 'cpus:1', 60_000, 'a'));
  pass(2000);
  // What it refuses it is not offered again; the limit leaves 1 of the other agent.
  equal(cpusOf(heard()), 3);
});

test('other quotas take effect in the next round, and none frees all that was held back', () => {
  const { tell, heard, pass } = stage();
  tell(limits('a', 'cpus:1'), framework('F1', 'a'), agent('S1', 'cpus:4'));
  pass(10);
  tell(limits('a', 'cpus:2'));
  pass(10);
  tell({ type: 'updateQuota', configs: [] });
  deepEqual(heard(), ['0 F1 a S1 cpus:1', '10 F1 a S1 cpus:1', '20 F1 a S1 cpus:2']);
});

test('consumption is there to be read, by role and kind', () => {
  const { tell, state } = stage();
  tell(
    limits('a', 'cpus:9;mem:99'),
    framework('F1', 'a/x'),
    agent('S1', 'cpus:2;mem:64;mem(a/y):16'),
  );
  const { quota: book } = state;
  const consumed = governorOf(book, 'a/x')?.consumed;
  deepEqual(
    [...book.kinds.keys()].map((name, kind) => [name, consumed?.[kind]]),
    [
      ['cpus', 2000],
      ['mem', 80_000],
    ],
  );
});

function quota(...configs: QuotaConfig[]) {
  return { type: 'updateQuota', configs } as const;
}

function guarantees(role: string, text: string) {
  return quota(config(role, text));
}

function limits(role: string, text: string) {
  return quota(config(role, '', text));
}

function config(role: string, guaranteed: string, limited = ''): QuotaConfig {
  return { role, guaranteesMilli: amounts(guaranteed), limitsMilli: amounts(limited) };
}

function amounts(text: string): Record<string, number> {
  const pairs = text.split(';').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => [pair.split(':')[0] ?? '', 1000 * Number(pair.split(':')[1])]),
  );
}

/** What was offered without reservation. */
function cpusOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Number(/\bcpus:(\d+)/.exec(line)?.[1] ?? 0), 0);
}

/** By framework. */
function sums(lines: readonly string[]): Record<string, number> {
  const frameworks = [...new Set(lines.map((line) => line.split(' ')[1] ?? ''))].sort();
  return Object.fromEntries(
    frameworks.map((id) => [id, cpusOf(lines.filter((line) => line.split(' ')[1] === id))]),
  );
}
