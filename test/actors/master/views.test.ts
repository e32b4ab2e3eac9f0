/** What operators are shown. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { NotLeader } from '../../../actors/protocol/messages.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import type { MasterPage, MasterSection } from '../../../actors/protocol/views.ts';
import { address } from '../../../runtime/address.ts';
import { type Scene, scene } from './scene.ts';

const replyTo = address<MasterPage | NotLeader>('operator', 'o:1');

function describe<Section extends MasterSection>(
  { say, heardOne }: Scene,
  section: Section,
  offset = 0,
  countMax = 2000,
): Extract<MasterPage, { section: Section }> {
  say(replyTo, { type: 'describeMaster', section, offset, countMax, replyTo });
  return heardOne(replyTo, 'masterPage') as Extract<MasterPage, { section: Section }>;
}

test('each page says which master made it', () => {
  const stage = scene({ cluster: 'c', version: '1.2.3' });
  const { master } = describe(stage, 'agents');
  deepEqual(master, {
    masterId: 'm',
    cluster: 'c',
    version: '1.2.3',
    node: stage.self.node,
    startedMs: 0,
  });
});

test('agents are shown with what is used and offered, and since when they are lost', () => {
  const stage = scene({ settings: { pingMissCountMax: 1000 } });
  const [active, away, lost] = ['a:1', 'b:1', 'c:1'].map((node) => stage.registerAgent(node));
  if (!active || !away || !lost) throw new Error('No agents');
  const framework = stage.subscribe('f');
  stage.breakLink(lost);
  stage.advance(600_000);
  stage.breakLink(away);
  stage.launch(framework, active, 't', 'cpus:1');
  stage.offer(framework, active, 'cpus:2');
  const { items } = describe(stage, 'agents');
  deepEqual(
    items.map(({ agentId, state, unreachableAtMs }) => [agentId, state, unreachableAtMs]),
    [
      [active.agentId, 'active', undefined],
      [away.agentId, 'disconnected', 1_200_000],
      [lost.agentId, 'unreachable', 600_000],
    ],
  );
  const [first] = items;
  deepEqual([first?.used, first?.offered], [parseResources('cpus:1'), parseResources('cpus:2')]);
});

test('frameworks are shown with the sums of what they use and are offered', () => {
  const stage = scene();
  const agents = ['a:1', 'b:1'].map((node) => stage.registerAgent(node));
  const framework = stage.subscribe('f');
  const ended = stage.subscribe('g');
  stage.say(ended.address, { type: 'teardown', frameworkId: ended.frameworkId });
  for (const agent of agents) {
    stage.launch(framework, agent, `on ${agent.agentId}`, 'cpus:1;mem:64');
    stage.offer(framework, agent, 'cpus:0.5');
  }
  const { items } = describe(stage, 'frameworks');
  deepEqual(
    items.map(({ state, used, offered, activeTaskCount }) => ({
      state,
      used,
      offered,
      activeTaskCount,
    })),
    [
      {
        state: 'active',
        used: parseResources('cpus:2;mem:128'),
        offered: parseResources('cpus:1'),
        activeTaskCount: 2,
      },
      { state: 'completed', used: [], offered: [], activeTaskCount: 0 },
    ],
  );
});

test('tasks are shown by phase, those of ended frameworks, too', () => {
  const stage = scene({ settings: { pingMissCountMax: 1000 } });
  const lost = stage.registerAgent('a:1');
  const framework = stage.subscribe('f');
  stage.launch(framework, lost, 'lost');
  stage.breakLink(lost);
  stage.advance(600_000);
  const agent = stage.registerAgent('b:1');
  const taskId = stage.launch(framework, agent, 'done');
  stage.acknowledge(framework, agent, taskId, stage.update(framework, agent, taskId, 'finished'));
  stage.launch(framework, agent, 'here');
  const phases = () =>
    describe(stage, 'tasks').items.map(({ taskId: id, phase, state }) => `${id} ${phase} ${state}`);
  deepEqual(phases(), [
    'here active staging',
    'lost unreachable unreachable',
    'done completed finished',
  ]);
  stage.say(framework.address, { type: 'teardown', frameworkId: framework.frameworkId });
  deepEqual(phases(), [
    'done completed finished',
    'here completed killed',
    'lost completed unreachable',
  ]);
});

test('a section is told in pages, whatever it is made of', () => {
  const stage = scene();
  const agent = stage.registerAgent('a:1', 'cpus:100');
  for (const name of ['f', 'g', 'h']) {
    const framework = stage.subscribe(name);
    for (const id of ['t1', 't2', 't3']) stage.launch(framework, agent, `${name} ${id}`, 'cpus:1');
  }
  const seen: string[] = [];
  let offset: number | undefined = 0;
  const sizes: number[] = [];
  while (offset !== undefined) {
    const page: Extract<MasterPage, { section: 'tasks' }> = describe(stage, 'tasks', offset, 4);
    seen.push(...page.items.map(({ taskId }) => taskId));
    sizes.push(page.items.length);
    offset = page.nextOffset;
  }
  deepEqual(sizes, [4, 4, 1]);
  equal(new Set(seen).size, 9);
  deepEqual(describe(stage, 'tasks', 9, 4).items, []);
});

test('offers are shown as they were made', () => {
  const stage = scene();
  const made = stage.offer(stage.subscribe('f'), stage.registerAgent('a:1'), 'cpus:1');
  deepEqual(describe(stage, 'offers').items, [made]);
});
