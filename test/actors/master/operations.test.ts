/** Accepts and launches, and the order in which they are checked. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentId, ExecutorId, OfferId, TaskId } from '../../../actors/protocol/ids.ts';
import type { Offer } from '../../../actors/protocol/offer.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import type { ExecutorInfo, TaskInfo } from '../../../actors/protocol/task.ts';
import { scene, taskInfo } from './scene.ts';

function executor(id: string, resources = 'cpus:0.5'): ExecutorInfo {
  const command = { shell: true, value: 'serve', arguments: [], environment: [] };
  const executorId = id as ExecutorId;
  return { executorId, name: id, command, resources: parseResources(resources) };
}

function begin() {
  const stage = scene();
  const agent = stage.registerAgent('a:1', 'cpus:4;mem:1024;ports:[1-9]');
  const framework = stage.subscribe('f');
  stage.heard(agent.address);
  const messages = () =>
    stage.heard(framework.address).flatMap((message) => {
      if (message.type !== 'taskUpdated') return [];
      const { state, message: sentence } = message.update.status;
      return [`${state}: ${sentence}`];
    });
  return { ...stage, agent, framework, messages };
}

test('several tasks share several offers; what is left goes back with the filters', () => {
  const { agent, framework, offer, accept, heard, givenBack } = begin();
  const offers = [offer(framework, agent, 'cpus:1'), offer(framework, agent, 'cpus:2;mem:64')];
  accept(framework, offers, [taskInfo('t1', agent, 'cpus:1.5'), taskInfo('t2', agent, 'cpus:1')]);
  const started = heard(agent.address).flatMap((message) =>
    message.type === 'runTask' ? [message.task.taskId] : [],
  );
  deepEqual(started, ['t1', 't2']);
  deepEqual(givenBack(), ['cpus:0.5;mem:64 refused 5000 ms']);
});

test('an accept without operations is a decline', () => {
  const { agent, framework, offer, accept, givenBack } = begin();
  accept(framework, [offer(framework, agent, 'cpus:1')], []);
  deepEqual(givenBack(), ['cpus:1 refused 5000 ms']);
});

const wrongOffers: [string, (stage: ReturnType<typeof begin>) => readonly Offer[], RegExp][] = [
  ['no offers', () => [], /No offers specified/],
  [
    'an offer twice',
    ({ offer, framework, agent }) => {
      const made = offer(framework, agent, 'cpus:1');
      return [made, made];
    },
    /Duplicate offer m-O0/,
  ],
  [
    'an offer that was rescinded',
    ({ offer, framework, agent }) => [
      { ...offer(framework, agent, 'cpus:1'), offerId: 'm-O9' as OfferId },
    ],
    /Offer m-O9 is no longer valid/,
  ],
  [
    'the offer of another framework',
    ({ offer, subscribe, agent }) => [offer(subscribe('g'), agent, 'cpus:1')],
    /Offer m-O0 is no longer valid/,
  ],
  [
    'offers of two agents',
    ({ offer, framework, agent, registerAgent }) => [
      offer(framework, agent, 'cpus:1'),
      offer(framework, registerAgent('b:1'), 'cpus:1'),
    ],
    /one single agent/,
  ],
];

for (const [what, make, sentence] of wrongOffers) {
  test(`an accept of ${what} drops its tasks for invalid offers`, () => {
    const stage = begin();
    const { agent, framework, accept, heard, messages } = stage;
    const offers = make(stage);
    messages();
    accept(framework, offers, [taskInfo('t', agent)]);
    const [said = ''] = messages();
    match(said, /^dropped: Task launched with invalid offers: /);
    match(said, sentence);
    equal(
      heard(agent.address).some(({ type }) => type === 'runTask'),
      false,
    );
  });
}

test('offers of two roles are not accepted together', () => {
  const { registerAgent, subscribe, offer, accept, updates } = scene();
  const agent = registerAgent('a:1');
  const framework = subscribe('f', { roles: ['a', 'b'] });
  const offers = [offer(framework, agent, 'cpus:1', 'a'), offer(framework, agent, 'cpus:1', 'b')];
  accept(framework, offers, [taskInfo('t', agent)]);
  deepEqual(updates(framework), ['t dropped (invalidOffers)']);
});

test('the valid ones among invalid offers are discarded: given back without a word', () => {
  const { agent, framework, offer, accept, givenBack, heard, state } = begin();
  const made = offer(framework, agent, 'cpus:1');
  accept(framework, [made, { ...made, offerId: 'm-O9' as OfferId }], []);
  deepEqual(givenBack(), ['cpus:1']);
  deepEqual(heard(framework.address), []);
  equal(state.offers.size, 0);
});

test('frameworks that are not partition aware hear lost instead of dropped', () => {
  const { registerAgent, subscribe, accept, updates } = scene();
  const agent = registerAgent('a:1');
  const framework = subscribe('f', { capabilities: [] });
  accept(framework, [], [taskInfo('t', agent)]);
  deepEqual(updates(framework), ['t lost (invalidOffers)']);
});

test('an accept that arrives twice does not harm its tasks: it is told what they are', () => {
  const { agent, framework, offer, accept, update, updates, heard, acknowledge } = begin();
  const offers = [offer(framework, agent, 'cpus:1')];
  const again = () => accept(framework, offers, [taskInfo('t', agent)]);
  const taskId = 't' as TaskId;
  again();
  again();
  deepEqual(updates(framework), ['t staging (reconciliation)']);
  update(framework, agent, taskId, 'running');
  updates(framework);
  again();
  deepEqual(updates(framework), ['t running (reconciliation)']);
  acknowledge(framework, agent, taskId, update(framework, agent, taskId, 'finished'));
  updates(framework);
  again();
  deepEqual(updates(framework), ['t finished (reconciliation)']);
  equal(heard(agent.address).filter(({ type }) => type === 'runTask').length, 1);
});

test('an id may be used again after its task has ended and that was acknowledged', () => {
  const { agent, framework, launch, update, acknowledge, updates, accept } = begin();
  const taskId = launch(framework, agent, 't');
  acknowledge(framework, agent, taskId, update(framework, agent, taskId, 'finished'));
  launch(framework, agent, 't');
  acknowledge(framework, agent, taskId, update(framework, agent, taskId, 'finished'));
  updates(framework);
  // Of other offers: this is a new wish, and nothing comes of it.
  accept(framework, [], [taskInfo('t', agent)]);
  deepEqual(updates(framework), ['t dropped (invalidOffers)']);
});

type Change = Partial<TaskInfo> & { readonly text?: string };

const faults: [string, Change, RegExp][] = [
  ['an empty id', { taskId: '' as TaskId }, /Task id "" is invalid: an id must not be empty/],
  ['a slash in its id', { taskId: 'a/b' as TaskId }, /Task id "a\/b" is invalid/],
  ['the id of another task', { taskId: 'present' as TaskId }, /duplicate ID: present/],
  [
    'another agent',
    { agentId: 'other' as AgentId },
    /Task uses invalid agent other while agent \S+ is expected/,
  ],
  [
    'a negative grace period',
    { killGracePeriodMs: -1 },
    /Task's 'kill_policy.grace_period' must be non-negative/,
  ],
  [
    'a negative time limit',
    { maxCompletionTimeMs: -1 },
    /Task's `max_completion_time` must be non-neg/,
  ],
  [
    'a check of an empty command',
    {
      check: {
        type: 'command',
        command: { shell: true, value: '', arguments: [], environment: [] },
      },
    },
    /Task uses invalid check: The check's command is empty/,
  ],
  [
    'a check of a page without a slash',
    { check: { type: 'http', port: 80, path: 'up' } },
    /Task uses invalid check: The path of the check has to begin with "\/": "up"/,
  ],
  [
    'a check of no port',
    { check: { type: 'tcp', port: 0 } },
    /The port of the check has to be from 1 to 65535: 0/,
  ],
  [
    'a health check that began before',
    { healthCheck: { type: 'tcp', port: 1, delayMs: -1 } },
    /Task uses invalid health check: "delayMs" must not be negative: -1/,
  ],
  [
    'a health check with less than no grace, and no resources',
    { healthCheck: { type: 'http', port: 1, gracePeriodMs: -1 }, resources: [] },
    /"gracePeriodMs" must not be negative: -1/,
  ],
  ['no resources', { resources: [] }, /Task uses no resources/],
  [
    'more than the offer',
    { resources: parseResources('cpus:3') },
    /Total resources .*cpus:3.* required by task and its executor is more than available/,
  ],
  [
    'more than the offer, with its executor',
    { executor: executor('e', 'cpus:2') },
    /is more than available/,
  ],
  ['an improper executor id', { executor: executor('..') }, /Executor id ".." is invalid/],
  [
    'ports that its executor has, too',
    { resources: parseResources('ports:[1-2]'), executor: executor('e', 'ports:[2-3]') },
    /overlapping/,
  ],
  [
    'both a command and an executor',
    {
      executor: executor('e'),
      command: { shell: true, value: 'true', arguments: [], environment: [] },
    },
    /\(but not both\)/,
  ],
  [
    'an empty command',
    { command: { shell: true, value: '', arguments: [], environment: [] } },
    /The command is empty/,
  ],
  [
    'a variable without a name',
    {
      command: {
        shell: true,
        value: 'true',
        arguments: [],
        environment: [{ name: '', value: '' }],
      },
    },
    /environment of the command has an invalid name/,
  ],
];

for (const [what, change, sentence] of faults) {
  test(`a task with ${what} is an error, and the other tasks of the accept run`, () => {
    const { agent, framework, launch, offer, accept, heard, messages } = begin();
    launch(framework, agent, 'present');
    const made = offer(framework, agent, 'cpus:2;ports:[1-9]');
    heard(agent.address);
    messages();
    accept(
      framework,
      [made],
      [taskInfo('t', agent, 'cpus:1', change), taskInfo('fine', agent, 'cpus:0.5')],
    );
    const [said = ''] = messages();
    match(said, /^error: /);
    match(said, sentence);
    const started = heard(agent.address).flatMap((message) =>
      message.type === 'runTask' ? [message.task.taskId] : [],
    );
    deepEqual(started, ['fine']);
  });
}

test('an executor is paid for once, and each task says whether it is to be launched', () => {
  const { agent, framework, offer, accept, heard, givenBack, state } = begin();
  const made = offer(framework, agent, 'cpus:3');
  const tasks = ['t1', 't2'].map((id) =>
    taskInfo(id, agent, 'cpus:1', { executor: executor('e') }),
  );
  accept(framework, [made], tasks);
  const launches = heard(agent.address).flatMap((message) =>
    message.type === 'runTask' ? [message.launchExecutor] : [],
  );
  deepEqual(launches, [true, false]);
  deepEqual(givenBack(), ['cpus:0.5 refused 5000 ms']);
  deepEqual(state.agents.registered.get(agent.agentId)?.used, parseResources('cpus:2.5'));
});

test('an executor that runs already must be described as it is', () => {
  const { agent, framework, offer, accept, messages } = begin();
  const launch = (id: string, resources: string) =>
    accept(
      framework,
      [offer(framework, agent, 'cpus:2')],
      [taskInfo(id, agent, 'cpus:1', { executor: executor('e', resources) })],
    );
  launch('t1', 'cpus:0.5');
  messages();
  launch('t2', 'cpus:0.6');
  match(
    messages()[0] ?? '',
    /ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID/,
  );
});

test('a framework that acknowledges nothing cannot launch for ever', () => {
  const { registerAgent, subscribe, launch, updates } = scene({ settings: { taskCountMax: 1 } });
  const agent = registerAgent('a:1');
  const framework = subscribe('f');
  launch(framework, agent, 't1');
  launch(framework, agent, 't2');
  deepEqual(updates(framework), ['t2 error (taskInvalid)']);
});
