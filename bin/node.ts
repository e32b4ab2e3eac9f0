/**
 * The launcher of a node: reads the flags, starts the role, and ends it cleanly.
 *
 *     starting ──▶ running ──first signal, end of standard input──▶ ending cleanly ──▶ exit 0
 *                     └──ends by itself──▶ exit as it says     └──second signal──▶ exit at once
 */
import { setTimeout as delay } from 'node:timers/promises';
import { logger } from '../runtime/log.ts';
import { carryOnWithoutReader, openDoor, tellFaultsTo } from './door.ts';
import { EXITS, ExitError, type ExitName } from './exits.ts';
import type { FlagValues, Role } from './flags.ts';
import { VERSION } from './manifest.ts';
import { openNodeLog } from './node-log.ts';
import { type ReadFlags, readFlags } from './read-flags.ts';
import type { NodeOutside, RunningNode } from './roles/running-node.ts';

const START_TIMEOUT_MS = 10_000;

type Start = (flags: ReadFlags, outside: NodeOutside) => Promise<RunningNode>;

/** Only what the role needs is loaded: a node starts the sooner. */
const START: Readonly<Record<Role, () => Promise<Start>>> = {
  master: async () => (await import('./roles/master.ts')).startMaster,
  agent: async () => (await import('./roles/agent.ts')).startAgent,
  framework: async () => (await import('./roles/framework.ts')).startFramework,
  local: async () => (await import('./roles/local.ts')).startLocal,
};

await openDoor('messor-node', async (): Promise<ExitName> => {
  const flags = readFlags(process.argv.slice(2), process.env, VERSION);
  const { values, role } = flags;
  const { sink: logSink, file: logFile } = await openNodeLog(role, values);
  const log = logger('node', Date.now, logSink);
  carryOnWithoutReader();

  const asked = untilAskedToEnd(values);
  const outside = { logSink, log, ...(logFile !== undefined && { logFile }) };
  const starting = START[role]().then((start) => start(flags, outside));
  // Asked to end while it starts, a node has little time to get where it can be ended in order.
  const node = await Promise.race([starting, asked.then(() => late(START_TIMEOUT_MS))]);
  // Until here, whoever started it is there to read; from here on, only the log is.
  tellFaultsTo((sentence) => log.error(sentence));
  const verdict = await Promise.race([asked, node.ended]);
  if (typeof verdict === 'object') log.info(`Ending, as asked by ${verdict.askedBy}`);
  await node.stop();
  return typeof verdict === 'object' ? 'ok' : verdict;
});

async function late(timeoutMs: number): Promise<never> {
  await delay(timeoutMs);
  throw new ExitError('terminated', 'The node was asked to end while it started, and did neither');
}

function untilAskedToEnd({ endWithStdin }: FlagValues): Promise<{ readonly askedBy: string }> {
  return new Promise((resolve) => {
    let askedBefore = false;
    const hear = (signal: string, exitCode: number) => {
      if (askedBefore) process.exit(exitCode);
      askedBefore = true;
      resolve({ askedBy: signal });
    };
    process.on('SIGTERM', () => hear('SIGTERM', EXITS.terminated.code));
    process.on('SIGINT', () => hear('SIGINT', EXITS.interrupted.code));
    process.on('SIGHUP', () => hear('SIGHUP', EXITS.terminated.code));
    if (!endWithStdin) return;
    const atEnd = () => {
      askedBefore = true;
      resolve({ askedBy: 'the end of standard input' });
    };
    process.stdin.on('end', atEnd).on('close', atEnd).on('error', atEnd).resume();
  });
}
