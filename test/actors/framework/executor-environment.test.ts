/** What an executor's program reads in its environment. */
import { deepEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { executorEnvironment } from '../../../actors/agent/environment.ts';
import { parseExecutorEnvironment } from '../../../actors/framework/executor-environment.ts';
import type {
  AgentId,
  ContainerId,
  ExecutorId,
  FrameworkId,
} from '../../../actors/protocol/ids.ts';

const SET = {
  MESSOR_CLUSTER: 'messor',
  MESSOR_AGENT_ENDPOINT: '10.0.0.7:5051',
  MESSOR_FRAMEWORK_ID: 'framework-1',
  MESSOR_EXECUTOR_ID: 'executor-1',
  MESSOR_EXECUTOR_SECRET: 'secret-1',
};

test('what the agent writes is what the executor reads', () => {
  const name = {
    agentId: 'agent-1' as AgentId,
    frameworkId: 'framework-1' as FrameworkId,
    executorId: 'executor-1' as ExecutorId,
    containerId: 'container-1' as ContainerId,
  };
  const command = { shell: true, value: 'true', arguments: [], environment: [] };
  const variables = executorEnvironment(command, name, '/sandbox', {
    cluster: 'messor',
    agentEndpoint: '10.0.0.7:5051',
    secret: 'secret-1',
    shutdownGracePeriodMs: 7000,
    comingBack: { recoveryTimeoutMs: 60_000, reregistrationMs: 2000 },
  });
  const environment = Object.fromEntries(
    variables.map((variable) => [variable.name, variable.value]),
  );
  deepEqual(parseExecutorEnvironment(environment), {
    cluster: 'messor',
    agent: { name: 'agent', node: '10.0.0.7:5051' },
    frameworkId: 'framework-1',
    executorId: 'executor-1',
    secret: 'secret-1',
    gracePeriodMs: 7000,
    reregisterDelayMsMax: 1000,
  });
  const value = (name: string) => environment[name];
  deepEqual(
    [
      value('MESOS_CHECKPOINT'),
      value('MESOS_RECOVERY_TIMEOUT'),
      value('MESOS_SUBSCRIPTION_BACKOFF_MAX'),
    ],
    ['1', '60secs', '2secs'],
  );
});

test('a program that no agent started is told so', () => {
  throws(() => parseExecutorEnvironment({}), {
    message:
      'Cannot run as an executor: MESSOR_AGENT_ENDPOINT is not set; an agent sets it when it starts the program',
  });
});

test('what is not an address or an id is refused, a strange grace period is left to the default', () => {
  throws(() => parseExecutorEnvironment({ ...SET, MESSOR_AGENT_ENDPOINT: 'here' }), {
    message: 'Cannot find the agent at "here": MESSOR_AGENT_ENDPOINT must be of the form host:port',
  });
  throws(() => parseExecutorEnvironment({ ...SET, MESSOR_EXECUTOR_ID: 'a/b' }), {
    message: /^Cannot run as an executor: MESSOR_EXECUTOR_ID: an id must not contain/,
  });
  const { gracePeriodMs } = parseExecutorEnvironment({
    ...SET,
    MESSOR_EXECUTOR_SHUTDOWN_GRACE_PERIOD_MS: 'soon',
  });
  deepEqual(gracePeriodMs, undefined);
});
