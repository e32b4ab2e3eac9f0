/** What custom executors ask for is fetched before their programs start. Source: docs/fetcher.md. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { FetcherMessage } from '../../../actors/agent/fetcher/fetcher-state.ts';
import type { ContainerId } from '../../../actors/protocol/ids.ts';
import { playedFetching } from '../../kit/played-fetching.ts';
import type { address } from '../../kit/probe.ts';
import { customTask, executor, frameworkId } from './nouns.ts';
import { playedAgent } from './played-agent.ts';

const { executorId } = executor;
const command = { ...executor.command, uris: [{ value: 'http://host/run', executable: true }] };
const task = { ...customTask('task-1'), executor: { ...executor, command } };

test('its program starts when its files are there', async () => {
  const { receive, asked, launched, containerId } = await start();
  equal(asked()[0]?.type, 'fetch');
  deepEqual(launched(), []);
  receive({ type: 'fetched', containerId });
  equal(launched()[0]?.type, 'launch');
});

test('when they can not be fetched its tasks fail, and the executor is gone', async () => {
  const { receive, reports, told, launched, containerId } = await start();
  const sentence = 'Cannot fetch "http://host/run": the server answered 404';
  receive({ type: 'notFetched', containerId, sentence });
  const [report] = reports();
  deepEqual(
    [report?.status.state, report?.status.reason, report?.status.message],
    ['failed', 'containerLaunchFailed', sentence],
  );
  equal(told().at(-1)?.type, 'executorExited');
  deepEqual(launched(), []);
});

test('told to end meanwhile, it never starts', async () => {
  const { receive, asked, told, launched, reports, containerId } = await start();
  receive({ type: 'killTask', frameworkId, taskId: task.taskId });
  equal(reports()[0]?.status.state, 'killed');
  equal(asked().at(-1)?.type, 'cancelFetch');
  receive({ type: 'notFetched', containerId, sentence: 'it was cancelled' });
  equal(told().at(-1)?.type, 'executorExited');
  // An answer that crossed the cancellation on its way changes nothing.
  receive({ type: 'fetched', containerId });
  deepEqual(launched(), []);
});

test('one that takes too long to register is given up, also while it is fetched for', async () => {
  const { receive, advance, asked, reports, containerId } = await start();
  advance(60_000);
  equal(asked().at(-1)?.type, 'cancelFetch');
  receive({ type: 'notFetched', containerId, sentence: 'it was cancelled' });
  equal(reports()[0]?.status.reason, 'executorRegistrationTimeout');
});

test('an agent that fetches nothing says so', async () => {
  const agent = playedAgent();
  agent.register();
  agent.run(task);
  await agent.settle();
  const refusal = agent
    .sentTo(agent.self)
    .map(({ message }) => message)
    .find(({ type }) => type === 'notFetched');
  match(JSON.stringify(refusal), /Cannot fetch .*http:\/\/host\/run.*: this agent fetches nothing/);
});

async function start() {
  const { fetching } = playedFetching();
  const agent = playedAgent({
    fetcher: { fetching, cacheBytesMax: 1000, stallTimeoutMs: 60_000 },
  });
  agent.register();
  agent.run(task);
  await agent.settle();
  const fetcher = agent.spawned.find(({ definition }) => definition === 'fetcher');
  const asked = () =>
    agent
      .sentTo(fetcher?.address as unknown as typeof fetcherAddress)
      .map(({ message }) => message);
  const [first] = asked();
  const containerId = first?.containerId ?? ('' as ContainerId);
  return { ...agent, asked, containerId, executorId };
}

declare const fetcherAddress: ReturnType<typeof address<FetcherMessage>>;
