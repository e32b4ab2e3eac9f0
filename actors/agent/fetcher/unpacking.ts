/**
 * Archives are unpacked beside the sandbox's files first, in a directory of their own, looked
 * through, and only then moved to where they belong: an archive that would lead out of the sandbox
 * changes nothing in it.
 *
 * The machine's own `tar`, `unzip`, `bzip2` and `xz` do the unpacking, so that the agent goes on
 * with its work; they get no more bytes than are allowed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type CopyLimits, countingBytes, tooLarge, writeFrom } from './copying.ts';
import { moveTree, sizeOfTree } from './unpacked-tree.ts';
import type { ArchiveKind } from './uris.ts';

/** The end of what a program says when it fails. */
const COMPLAINT_LENGTH_MAX = 500;

const DECOMPRESSORS = { 'tar.bz2': 'bzip2', 'tar.xz': 'xz' } as const;

/** Sandboxes may have several at once. */
let directoryCount = 0;

/** @param name of the archive in the sandbox; `x.gz` becomes `x` */
export async function unpack(
  archive: string,
  { kind, name, sandbox }: { kind: ArchiveKind; name: string; sandbox: string },
  limits: CopyLimits,
): Promise<void> {
  if (kind === 'gz') {
    const own = name.slice(name.lastIndexOf('/') + 1, -'.gz'.length);
    if (own === '' || own === '.' || own === '..') throw new Error('what is in it has no name');
    const input = createReadStream(archive);
    const gunzip = createGunzip();
    input.once('error', (error) => gunzip.destroy(error));
    await writeFrom(input.pipe(gunzip), join(sandbox, own), limits).finally(() => input.destroy());
    return;
  }
  const directory = join(sandbox, `.unpacking-${process.pid}-${++directoryCount}`);
  await mkdir(directory);
  try {
    if (kind === 'zip') await unzip(archive, directory, limits);
    else await untar(archive, kind, directory, limits);
    const sizeBytes = await sizeOfTree(directory);
    if (sizeBytes > limits.bytesMax) throw new Error(tooLarge(limits.bytesMax));
    await moveTree(directory, sandbox);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function untar(
  archive: string,
  kind: 'tar' | 'tar.gz' | 'tar.bz2' | 'tar.xz',
  directory: string,
  limits: CopyLimits,
): Promise<void> {
  const flags = ['-x', '-f', '-', '-C', directory, '--no-same-owner', '--no-same-permissions'];
  const tar = start('tar', flags, limits.signal);
  const file = createReadStream(archive);
  const counter = countingBytes(limits);
  const decompressor =
    kind === 'tar.bz2' || kind === 'tar.xz'
      ? start(DECOMPRESSORS[kind], ['-dc'], limits.signal)
      : undefined;
  const { signal } = limits;
  const pumped: Promise<unknown>[] = [];
  if (decompressor !== undefined) {
    pumped.push(pipeline(file, decompressor.input, { signal }));
    pumped.push(pipeline(decompressor.output, counter.stream, tar.input, { signal }));
  } else if (kind === 'tar.gz') {
    pumped.push(pipeline(file, createGunzip(), counter.stream, tar.input, { signal }));
  } else {
    pumped.push(pipeline(file, counter.stream, tar.input, { signal }));
  }
  tar.output.resume();
  const pumping = Promise.allSettled(pumped);
  const [unpacked, decompressed] = await Promise.allSettled([tar.ended, decompressor?.ended]);
  decompressor?.kill();
  const pumps = await pumping;
  // Who has read an archive to its end doesn't wait for what is behind it.
  if (unpacked.status === 'fulfilled') return;
  const faults = [decompressed, ...pumps].flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as Error] : [],
  );
  throw faults.find(saysWhy) ?? unpacked.reason;
}

async function unzip(archive: string, directory: string, limits: CopyLimits): Promise<void> {
  const { signal, bytesMax } = limits;
  const list = start('unzip', ['-Z', '-1', archive], signal);
  const names = await Promise.all([textOf(list.output, bytesMax), list.ended]).then(
    ([text]) => text,
  );
  const stray = names.split('\n').find((name) => /(^|[/\\])\.\.([/\\]|$)/.test(name));
  if (stray !== undefined) throw new Error(`"${stray}" in it leads out of the sandbox`);
  const totals = start('unzip', ['-Z', '-t', archive], signal);
  const told = await Promise.all([textOf(totals.output, 65_536), totals.ended]);
  const sizeBytes = Number(/(\d+) bytes uncompressed/.exec(told[0])?.[1] ?? 0);
  if (sizeBytes > bytesMax) throw new Error(tooLarge(bytesMax));
  // What the archive says of itself may be a lie: no file becomes larger than all of it may be. A
  // password keeps unzip from asking for one.
  const blocks = String(Math.ceil(bytesMax / 512));
  const line = 'ulimit -f "$1"; shift; exec unzip "$@"';
  const words = ['-o', '-q', '-P', 'none', archive, '-d', directory];
  const unzipping = start('sh', ['-c', line, 'sh', blocks, ...words], signal);
  unzipping.output.resume();
  await unzipping.ended;
}

interface Program {
  readonly input: NonNullable<ChildProcess['stdin']>;
  readonly output: Readable;
  /** Rejects when it isn't there, or fails. */
  readonly ended: Promise<void>;
  kill(): void;
}

function start(program: string, words: readonly string[], signal: AbortSignal): Program {
  const child = spawn(program, [...words], {
    signal,
    killSignal: 'SIGKILL',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_LENGTH_MAX);
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(missing(program)) : error),
    );
    child.once('close', (code, ended) => {
      if (code === 0) resolve();
      else if (code === 127) reject(new Error(missing('unzip')));
      else reject(new Error(failed(program, code === null ? `${ended}` : `${code}`, complaint)));
    });
  });
  // Its end says more than that it doesn't listen any more.
  child.stdin.on('error', () => {});
  return { input: child.stdin, output: child.stdout, ended, kill: () => child.kill('SIGKILL') };
}

function missing(program: string): string {
  return `it can't be unpacked: "${program}" is not installed on the agent; install it, or set "extract" to false`;
}

function failed(program: string, how: string, complaint: string): string {
  const what = complaint.trim().split('\n').slice(-3).join(' ');
  return `it can't be unpacked: ${program} ended with ${how}${what === '' ? '' : ` (${what})`}`;
}

/** That a pipe broke, or that its reader is gone, is only what follows from the rest. */
function saysWhy(error: Error): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return !/^(EPIPE|ECONNRESET|ERR_STREAM_|ABORT_ERR)/.test(code) && !error.message.includes('SIG');
}

async function textOf(stream: Readable, lengthMax: number): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    text += chunk as string;
    if (text.length > lengthMax) throw new Error(tooLarge(lengthMax));
  }
  return text;
}
