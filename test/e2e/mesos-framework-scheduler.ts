/**
 * A scheduler on the npm package `mesos-framework`, as its own examples write it: keeps two sleepers
 * running and prints what it hears. It is told `kill` and `teardown` on its standard input.
 *
 *     node --import tsx test/e2e/mesos-framework-scheduler.ts 5050 DIRECTORY
 */
import { createInterface } from 'node:readline';
import mesosFramework from 'mesos-framework';

const { Scheduler, Mesos } = mesosFramework;
const [, , port = '', directory = ''] = process.argv;
const { CommandInfo } = Mesos.getMesos();

const scheduler = new Scheduler({
  masterUrl: '127.0.0.1',
  port,
  frameworkName: 'npm',
  masterConnectionTimeout: 60,
  exponentialBackoffMinimum: 0.2,
  restartStates: [],
  logging: { path: directory, fileName: 'mesos-framework.log', level: 'error' },
  tasks: {
    sleepers: {
      priority: 1,
      instances: 2,
      commandInfo: new CommandInfo(null, null, true, 'exec sleep 100', null, null),
      resources: { cpus: 0.2, mem: 32, ports: 1, disk: 0 },
    },
  },
});

let last: { readonly taskId: string; readonly agentId: string } | undefined;

scheduler.on('ready', () => scheduler.subscribe());
scheduler.on('subscribed', ({ frameworkId }) => {
  console.log(`subscribed ${frameworkId} at ${scheduler.options.port}`);
});
scheduler.on('update', ({ status: { task_id, agent_id, state, reason = 'no reason' } }) => {
  console.log(`update ${task_id.value} ${state} ${reason}`);
  last = { taskId: task_id.value, agentId: agent_id.value };
});
scheduler.on('sent_acknowledge', () => console.log('acknowledged'));
scheduler.on('sent_teardown', () => {
  console.log('torn down');
  process.exit(0);
});
scheduler.on('error', (error) => {
  console.log(`error ${typeof error === 'string' ? error : error.message}`);
});

createInterface(process.stdin).on('line', (line) => {
  if (line === 'kill' && last !== undefined) scheduler.kill(last.taskId, last.agentId);
  if (line === 'teardown') scheduler.teardown();
});
