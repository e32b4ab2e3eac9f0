/** Agents in the registry. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { applyAll, type RegistryOperation } from '../../../../actors/master/registry/operations.ts';
import { emptyRegistry } from '../../../../actors/master/registry/registry.ts';
import { admit, agentIdOf, agentOf, drain, lose } from '../../../kit/registry-operations.ts';

const agentId = agentIdOf('a');

function after(...operations: RegistryOperation[]) {
  const registry = emptyRegistry();
  applyAll(registry, operations);
  const { admitted, unreachable, gone, minimumCapabilities } = registry;
  return {
    admitted: [...admitted].map(([id, { info: _info, ...marks }]) => [id, marks]),
    unreachable: [...unreachable].map(([id, { info: _info, ...lost }]) => [id, lost]),
    gone: [...gone],
    needed: [...minimumCapabilities],
  };
}

test('an agent is admitted, unreachable, and reachable again', () => {
  const active = { deactivated: false };
  deepEqual(after(admit('a')).admitted, [[agentId, active]]);
  const lost = after(admit('a'), lose('a', 5));
  deepEqual([lost.admitted, lost.unreachable], [[], [[agentId, { sinceMs: 5, ...active }]]]);
  const back = after(admit('a'), lose('a'), { type: 'markAgentReachable', info: agentOf('a') });
  deepEqual([back.admitted, back.unreachable], [[[agentId, active]], []]);
});

test('an agent that was forgotten may come back', () => {
  const forgotten = { type: 'forgetAgents', agentIds: [agentId] } as const;
  const back = { type: 'markAgentReachable', info: agentOf('a') } as const;
  deepEqual(after(admit('a'), lose('a'), forgotten).unreachable, []);
  deepEqual(after(admit('a'), lose('a'), forgotten, back).admitted.length, 1);
});

test('an agent that is gone is in no other list', () => {
  const none = { admitted: [], unreachable: [], gone: [], needed: [] };
  const gone = { type: 'markAgentGone', agentId, sinceMs: 7 } as const;
  deepEqual(after(admit('a'), lose('a'), gone), { ...none, gone: [[agentId, { sinceMs: 7 }]] });
});

test('what operators want of an agent stays when it is lost and comes back with another description', () => {
  const info = agentOf('a', 'cpus:1');
  const marks = { deactivated: true, drain: { markGone: false, drained: false } };
  deepEqual(after(admit('a'), drain('a'), lose('a')).unreachable, [
    [agentId, { sinceMs: 5, ...marks }],
  ]);
  for (const operations of [
    [admit('a'), drain('a'), { type: 'updateAgent', info } as const],
    [admit('a'), drain('a'), lose('a'), { type: 'markAgentReachable', info } as const],
  ]) {
    deepEqual(after(...operations).admitted, [[agentId, marks]]);
  }
});

test('an agent that is drained a second time begins anew', () => {
  const drained = { type: 'markAgentDrained', agentId } as const;
  const again = { type: 'drainAgent', agentId, markGone: true, maxGracePeriodMs: 9 } as const;
  const wanted = { maxGracePeriodMs: 9, markGone: true, drained: false };
  deepEqual(after(admit('a'), drain('a'), drained, again).admitted, [
    [agentId, { deactivated: true, drain: wanted }],
  ]);
});

test('while an agent is deactivated, masters must know what that means', () => {
  const [a, b] = [agentId, agentIdOf('b')].map((id) => {
    const deactivate = { type: 'deactivateAgent', agentId: id } as const;
    return { deactivate, reactivate: { type: 'reactivateAgent', agentId: id } as const };
  });
  if (a === undefined || b === undefined) throw new Error('There are two');
  const both = [admit('a'), admit('b'), a.deactivate, b.deactivate, lose('b')];
  deepEqual(after(...both, a.reactivate).needed, ['agentDraining']);
  deepEqual(after(...both, a.reactivate, b.reactivate).needed, []);
});
