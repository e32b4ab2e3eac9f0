/**
 * How checkpoint records stand in their file, and how they are read again. Pure.
 *
 *     messor-agent-checkpoint 1
 *     CHECKSUM FIRST {"type":"agent",…}
 *     CHECKSUM FIRST {"type":"framework",…}
 *
 * One record a line. Lines are written in batches, and a batch only when the one before it is safe
 * on the disk; FIRST is the number of the first line of a line's batch. So a fault in the last batch
 * is one that was cut short by a crash, which nobody has been told of, and is cut off; a fault before
 * it is damage. The checksum is CRC-32 of everything behind it.
 */
import { crc32 } from 'node:zlib';
import type { CodedError } from '../../../runtime/errors.ts';
import { recoveryError } from '../recovery-errors.ts';
import { type KeptAgent, keep } from './kept.ts';
import type { CheckpointRecord } from './records.ts';

export const CHECKPOINT_HEAD = 'messor-agent-checkpoint 1\n';

/** @param first number of the first of them in the file */
export function linesOf(records: readonly CheckpointRecord[], first: number): string {
  let text = '';
  for (const record of records) {
    const body = `${first} ${JSON.stringify(record)}`;
    text += `${checksum(body)} ${body}\n`;
  }
  return text;
}

/**
 * @param path for sentences
 * @returns undefined for an empty file: it was made, and nothing had come into it
 * @throws CodedError `checkpointForeign`, `checkpointDamaged`
 */
export function readCheckpoint(text: string, path: string): KeptAgent | undefined {
  if (text === '') return undefined;
  if (!text.startsWith(CHECKPOINT_HEAD)) {
    const head = JSON.stringify(text.slice(0, 40).split('\n')[0]);
    const sentence = `Cannot read the checkpoint "${path}": it begins with ${head}, which this version did not write`;
    throw recoveryError('checkpointForeign', sentence);
  }
  const lines = text.slice(CHECKPOINT_HEAD.length).split('\n');
  let kept: KeptAgent | undefined;
  let count = 0;
  for (; count < lines.length; count++) {
    const line = readLine(lines[count] ?? '');
    if (line === undefined) break;
    kept = keep(kept, line.record);
  }
  // A batch that begins behind the fault was written when the faulty line was safe.
  for (const line of lines.slice(count + 1)) {
    if ((readLine(line)?.first ?? 0) <= count) continue;
    throw damaged(path, `line ${count + 2} is not what was written`);
  }
  // The first batch is put in place as a whole.
  if (kept === undefined) throw damaged(path, 'it is cut off before its first record');
  return kept;
}

function damaged(path: string, what: string): CodedError {
  return recoveryError('checkpointDamaged', `Cannot read the checkpoint "${path}": ${what}`);
}

function readLine(
  line: string,
): { readonly first: number; readonly record: CheckpointRecord } | undefined {
  if (line.charAt(8) !== ' ') return undefined;
  const body = line.slice(9);
  if (checksum(body) !== line.slice(0, 8)) return undefined;
  const end = body.indexOf(' ');
  const record = JSON.parse(body.slice(end + 1)) as CheckpointRecord;
  return { first: Number(body.slice(0, end)), record };
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
