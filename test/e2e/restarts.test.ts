/** An agent's process dies and is started again: its tasks don't notice, unless the machine was booted. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { aliveOf, bootUnder, readKept } from '../kit/killed-agent.ts';
import {
  type Afterwards,
  eventually,
  type Program,
  runProgram,
  startProgram,
} from '../kit/programs.ts';
import { temporaryDirectory } from '../kit/real-agents.ts';

const fromSource = { environment: { NODE_OPTIONS: '--import tsx' } };

describe('an agent that is started again', { concurrency: 2 }, () => {
  test('a task group ends as it should: one of it failed while the agent was away', async (context) => {
    const master = await startMaster(context);
    const directory = await temporaryDirectory(context);
    const first = await startAgent(context, master, directory);
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const pod = startProgram(
      context,
      'docs/examples/pod.ts',
      [master, `read line < ${pipe}; exit 3`, 'sleep 600 & wait'],
      fromSource,
    );
    await pod.untilPrinted(/running/, 2);
    await first.end('SIGKILL');
    const { tasks } = readKept(directory);
    equal(await aliveOf(tasks), 3);
    release(pipe);
    const second = await startAgent(context, master, directory);
    const { stdout, exitCode } = await pod.ended;
    const fatesOf = (id: string) =>
      stdout.split('\n').flatMap((line) => (line.startsWith(`${id} `) ? [line.slice(6)] : []));
    deepEqual(fatesOf('pod-0'), ['starting', 'running', 'failed']);
    deepEqual(fatesOf('pod-1'), ['starting', 'running', 'killing', 'killed']);
    equal(exitCode, 0);
    equal(await aliveOf(tasks), 0);
    await second.end();
  });

  test('refused as another one; after a boot of the machine its tasks are gone; cleaned up', async (context) => {
    const master = await startMaster(context);
    const directory = await temporaryDirectory(context);
    const first = await startAgent(context, master, directory);
    const run = startRun(context, master, 2, 'sleep 1000');
    await run.untilPrinted(/RUNNING/, 2);
    await first.end('SIGKILL');
    const { kept, containers } = readKept(directory);

    const flags = agentFlags(master, directory);
    const other = await runProgram('bin/node', [...flags, '--hostname', 'x']);
    equal(other.exitCode, 5);
    match(
      other.stderr,
      /Cannot go on as agent ".*": its host name was ".*" and is now "x"; start it/,
    );
    equal((await aliveOf(containers)) > 0, true, 'its tasks are left alone');

    await bootUnder(directory);
    const second = await startAgent(context, master, directory);
    const [line] = await run.untilPrinted(/^.*(GONE|LOST).*$/m, 2);
    match(line, /The machine was booted/);
    await run.untilPrinted(/again1 RUNNING/, 2);
    equal(readKept(directory).kept.agentId, kept.agentId);

    await second.end('SIGKILL');
    const left = readKept(directory).containers;
    equal((await aliveOf(left)) > 0, true);
    const cleanup = await runProgram('bin/node', [...flags, '--recover', 'cleanup']);
    equal(cleanup.exitCode, 0, cleanup.stderr);
    equal(await aliveOf(left), 0);
    // Nobody is there who could tell it that its tasks have ended.
    await run.end('SIGKILL');
  });

  test('a volume and what a task wrote there outlive it, for its role and nobody else', async (context) => {
    const master = await startMaster(context);
    const directory = await temporaryDirectory(context);
    const first = await startAgent(context, master, directory);
    const [, slaveId = ''] = await first.untilPrinted(/Registered as ([-\w]+)/);
    const reservations = [{ type: 'DYNAMIC', role: 'notes' }];
    const space = { name: 'disk', type: 'SCALAR', scalar: { value: 64 }, reservations };
    const persistence = { id: 'notebook' };
    const disk = { persistence, volume: { mode: 'RW', container_path: 'data' } };
    const change = async (call: string, key: string, resource: object) => {
      const body = new URLSearchParams({ slaveId, [key]: JSON.stringify([resource]) });
      equal((await fetch(`http://${master}/${call}`, { method: 'POST', body })).status, 202);
    };
    const keep = (role: string, line: string) => {
      const flags = [master, role, 'notebook', line];
      return startProgram(context, 'docs/examples/volume.ts', flags, fromSource);
    };
    await change('reserve', 'resources', space);
    await change('create-volumes', 'volumes', { ...space, disk });
    const writer = keep('notes', 'echo kept > data/file');
    match((await writer.ended).stdout, /^finished/m);
    await first.end('SIGKILL');
    const second = await startAgent(context, master, directory);
    const stranger = keep('others', 'cat data/file');
    const reader = keep('notes', 'grep kept data/file');
    match((await reader.ended).stdout, /^finished/m);
    await stranger.end('SIGKILL');
    equal((await stranger.ended).stdout, '');

    await change('destroy-volumes', 'volumes', { ...space, disk });
    await change('unreserve', 'resources', space);
    const volumes = join(directory, 'volumes/roles/notes');
    await eventually('its data is gone', async () =>
      readdirSync(volumes).length === 0 ? true : undefined,
    );
    await second.end();
  });
});

/** Whoever waits for the pipe reads its end. */
function release(pipe: string | undefined): void {
  closeSync(openSync(pipe as string, 'w'));
}

async function startMaster(context: Afterwards): Promise<string> {
  const node = startProgram(context, 'bin/node', [
    ...['--role', 'master', '--port', '0', '--allocation-interval', '100ms'],
  ]);
  const [, master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
  return master;
}

function agentFlags(master: string, directory: string): readonly string[] {
  return [
    ...['--role', 'agent', '--port', '0', '--master', master, '--work-dir', directory],
    ...['--resources', 'cpus:5;mem:5000;disk:5000', '--registration-backoff-factor', '100ms'],
  ];
}

async function startAgent(
  context: Afterwards,
  master: string,
  directory: string,
): Promise<Program> {
  const agent = startProgram(context, 'bin/node', agentFlags(master, directory));
  await agent.untilPrinted(/Registered (again )?as/);
  return agent;
}

function startRun(context: Afterwards, master: string, count: number, line: string): Program {
  return startProgram(context, 'bin/messor', [
    ...['run', '--master', master, '--count', String(count), '--cpus', '0.1', '--mem', '32'],
    ...['--', 'sh', '-c', line],
  ]);
}
