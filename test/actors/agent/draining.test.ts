/**
 * An agent that drains. Mesos: "Agent lifecycle in master", "Draining" (src/slave/slave.cpp, drain,
 * statusUpdate; src/tests/slave_tests.cpp, DrainAgent…).
 */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { type KeptAgent, keep, recordsOf } from '../../../actors/agent/checkpoint/kept.ts';
import type { TaskId } from '../../../actors/protocol/ids.ts';
import type { DrainWords } from '../../../actors/protocol/maintenance.ts';
import { parseResources } from '../../../actors/protocol/resources.ts';
import { agentId, info, task } from './nouns.ts';
import { firstWords, master, playedAgent } from './played-agent.ts';

const drain: DrainWords = { markGone: false, maxGracePeriodMs: 1000 };

function taskInfo(id: string) {
  const resources = parseResources('cpus:0.1');
  return { ...task, taskId: id as TaskId, resources };
}

function draining(words = drain) {
  const agent = playedAgent();
  agent.register();
  agent.run(taskInfo('one'));
  agent.receive({ type: 'setDrain', drain: words });
  return agent;
}

function kills(agent: ReturnType<typeof playedAgent>) {
  return agent
    .sentTo(agent.commandExecutor())
    .flatMap(({ message }) => (message.type === 'kill' ? [message.killGracePeriodMs] : []));
}

test('its tasks are killed, with the shorter of their own grace period and that of the drain', () => {
  deepEqual(kills(draining()), [1000]);
  deepEqual(kills(draining({ markGone: false, maxGracePeriodMs: 60_000 })), [undefined]);
  deepEqual(kills(draining({ markGone: false })), [undefined]);
});

test('what is said twice is done once; a shorter grace period is told to the executor', () => {
  const agent = draining();
  agent.receive({ type: 'setDrain', drain });
  agent.receive({ type: 'ping', master, agentId, connected: true, drain });
  deepEqual(kills(agent), [1000]);
  agent.receive({ type: 'setDrain', drain: { ...drain, maxGracePeriodMs: 0 } });
  deepEqual(kills(agent), [1000, 0]);
});

test('a task that comes while it drains is dropped, and taken when the drain is over', () => {
  const agent = draining();
  agent.run(taskInfo('two'));
  const status = agent.reports().at(-1)?.status;
  deepEqual([status?.taskId, status?.state, status?.reason], ['two', 'dropped', 'agentDraining']);
  agent.receive({ type: 'ping', master, agentId, connected: true });
  agent.run(taskInfo('three'));
  deepEqual(agent.state.frameworks.values().next().value?.tasks.size, 2);
});

test('the reason of kills is the drain; ends of their own are told as they are', () => {
  for (const [told, state, reason] of [
    ['killed', 'killed', 'agentDraining'],
    ['killing', 'killing', 'agentDraining'],
    ['finished', 'finished', undefined],
    ['failed', 'failed', undefined],
  ] as const) {
    const agent = draining();
    agent.update(agent.commandExecutor(), taskInfo('one').taskId, 'one', told);
    const status = agent.reports().at(-1)?.status;
    deepEqual([status?.state, status?.reason], [state, reason]);
  }
});

test("when it is to be gone, kills are the operator's doing; one that is only being killed is not over", () => {
  const agent = draining({ markGone: true });
  const { taskId } = taskInfo('one');
  agent.update(agent.commandExecutor(), taskId, 'one', 'killing');
  agent.update(agent.commandExecutor(), taskId, 'one', 'killed');
  deepEqual(
    agent.reports().map(({ status }) => status.state),
    ['killing', 'goneByOperator'],
  );
});

test('a drain is told with the registration, too, and one that is not told any more is over', () => {
  const agent = playedAgent();
  agent.begin();
  agent.receive({ type: 'agentRegistered', agentId, ...firstWords, drain });
  deepEqual(agent.state.drain?.words, drain);
  agent.receive({ type: 'agentReregistered', agentId, ...firstWords, unknownTasks: [] });
  deepEqual(agent.state.drain, undefined);
});

test('it is kept in the checkpoint until it is over', () => {
  const first = { type: 'agent', agentId, info, bootId: 'boot-1' } as const;
  const kept = { words: drain, startedMs: 7 };
  const after = (agent: KeptAgent) =>
    recordsOf(agent).reduce(keep, undefined as KeptAgent | undefined);
  const draining = keep(keep(undefined, first), { type: 'drain', drain: kept });
  deepEqual(after(draining)?.drain, kept);
  deepEqual(after(keep(draining, { type: 'drain' }))?.drain, undefined);
});
