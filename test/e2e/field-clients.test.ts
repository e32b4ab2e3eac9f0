/** What clients of Mesos do that other tests do not: see the head of `clients/field.py`. */
import { deepEqual } from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startProgram } from '../kit/programs.ts';
import { agentFlags, temporaryDirectory } from '../kit/real-agents.ts';

const PROGRAM = join(import.meta.dirname, 'clients/field.py');
const noPython = spawnSync('python3', ['--version']).status === 0 ? false : 'there is no python3';

test('a scheduler on bare sockets, and what pymesos, mesos-dns, the command line and the web page read', {
  skip: noPython,
}, async (context) => {
  const flags = ['--role', 'master', '--port', '0', '--allocation-interval', '100ms'];
  const node = startProgram(context, 'bin/node', flags);
  const [, master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
  const directory = await temporaryDirectory(context);
  const agent = startProgram(context, 'bin/node', agentFlags(master, directory));
  await agent.untilPrinted(/^Agent at /m);
  const { stdout } = await promisify(execFile)('python3', [PROGRAM, master], { timeout: 30_000 });
  const went = [
    'version',
    'subscribed',
    'launched',
    'running',
    'state',
    'listed',
    'sandbox',
    'ended',
  ];
  deepEqual(stdout.trim().split('\n'), went);
});
