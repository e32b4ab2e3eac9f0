/** What a new leader makes of the registry that the one before has left. */
import { deepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { applyAll, type RegistryOperation } from '../../../actors/master/registry/operations.ts';
import { emptyRegistry } from '../../../actors/master/registry/registry.ts';
import type { TaskId } from '../../../actors/protocol/ids.ts';
import type { AgentMessage, NotLeader } from '../../../actors/protocol/messages.ts';
import type { MasterPage } from '../../../actors/protocol/views.ts';
import { address } from '../../../runtime/address.ts';
import { admit, agentIdOf, agentOf, lose } from '../../kit/registry-operations.ts';
import { type Scene, scene } from './scene.ts';

const TEN_MINUTES_MS = 600_000;
const agentId = agentIdOf('a');
const { node } = agentOf('a');

function after(...operations: RegistryOperation[]): Scene {
  const registry = emptyRegistry();
  applyAll(registry, operations);
  return scene({ registry, registryIsDurable: true, masterId: 'next' });
}

function states({ state }: Scene) {
  const { recovered, registered, unreachable, gone } = state.agents;
  const named = { recovered, registered, unreachable, gone };
  return Object.entries(named).flatMap(([name, agents]) =>
    [...agents.keys()].map((id) => `${id} ${name}`),
  );
}

test('an agent of the leader before has ten minutes to come back, then it is unreachable', () => {
  const stage = after(admit('a'));
  deepEqual(states(stage), ['m-a recovered']);
  stage.advance(TEN_MINUTES_MS);
  deepEqual(states(stage), ['m-a unreachable']);
  ok(stage.registry.unreachable.has(agentId));
});

test('agents of the leader before are told who leads now: that one may stand still', () => {
  const stage = after(admit('a'), lose('a'), admit('b'));
  const told = (name: string) => stage.heard(address<AgentMessage>('agent', agentOf(name).node));
  stage.advance(1);
  deepEqual(told('a'), []);
  const [news] = told('b');
  ok(news?.type === 'notLeader');
  deepEqual([news.epoch, news.leader], [1, stage.self.node]);
});

test('a new agent where one is waited for has taken its place: that one is gone', () => {
  const stage = after(admit('a'), admit('b'));
  const { agentId: newId } = stage.registerAgent(node);
  deepEqual(states(stage), ['m-b recovered', `${newId} registered`, 'm-a gone']);
  ok(stage.registry.gone.has(agentId));
});

test('a new agent where one was lost has taken its place, also when a leader before lost it', () => {
  const stage = after(admit('a'), lose('a'));
  const framework = stage.subscribe('f', { capabilities: ['partitionAware'] });
  const asked = () => {
    const { frameworkId } = framework;
    const tasks = [{ taskId: 't' as TaskId, agentId }];
    stage.say(framework.address, { type: 'reconcile', frameworkId, tasks });
    return stage.updates(framework);
  };
  deepEqual(asked(), ['t unreachable (reconciliation)']);
  const { agentId: newId } = stage.registerAgent(node);
  deepEqual(states(stage), [`${newId} registered`, 'm-a gone']);
  deepEqual(asked(), ['t gone (reconciliation)']);
});

test('an agent that was replaced is told so by every leader', () => {
  const stage = after(admit('a'), { type: 'markAgentGone', agentId, sinceMs: 7 });
  const at = address<AgentMessage>('agent', node, 1);
  const { agentId: _id, node: _node, ...info } = agentOf('a');
  const nothing = { frameworks: [], executors: [], tasks: [] };
  stage.say(at, { type: 'reregisterAgent', agent: at, agentId, info, ...nothing });
  deepEqual(
    stage.heard(at).map(({ type }) => type),
    ['shutdownAgent'],
  );
  deepEqual(states(stage), ['m-a gone']);
});

test('operators see who is waited for and who was lost before', () => {
  const stage = after(admit('a'), admit('b'), lose('b', 5));
  const replyTo = address<MasterPage | NotLeader>('operator', 'cli:0', 1);
  const page = { section: 'agents', offset: 0, countMax: 10, replyTo } as const;
  stage.say(undefined, { type: 'describeMaster', ...page });
  const [answer] = stage.heard(replyTo);
  ok(answer?.type === 'masterPage' && answer.section === 'agents');
  deepEqual(
    answer.items.map((item) => ({ ...item, info: undefined, total: undefined })),
    [
      { agentId, address: address('agent', node), state: 'recovered' },
      {
        agentId: agentIdOf('b'),
        address: address('agent', agentOf('b').node),
        state: 'unreachable',
        unreachableAtMs: 5,
      },
    ].map((view) => ({ ...view, info: undefined, total: undefined, used: [], offered: [] })),
  );
});
