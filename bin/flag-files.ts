/** `file:///path` as the value of a flag: what is in the file, without the blanks around it. */
import { closeSync, openSync, readSync } from 'node:fs';
import { describeError } from '../runtime/errors.ts';
import { FlagValueFault } from './flag-units.ts';

/** A file that is longer is none that somebody wrote as the value of a flag. */
const FLAG_FILE_BYTES_MAX = 1_048_576;

const SCHEME = 'file://';

/** @param isPath the value itself names the file. @throws FlagValueFault */
export function contentOf(value: string, isPath: boolean): string {
  if (!value.startsWith(SCHEME)) return value;
  const path = value.slice(SCHEME.length);
  if (isPath) return path;
  let text: string;
  try {
    text = beginningOf(path);
  } catch (error) {
    throw new FlagValueFault(`the file cannot be read: ${describeError(error)}`);
  }
  if (Buffer.byteLength(text) > FLAG_FILE_BYTES_MAX) {
    throw new FlagValueFault(`the file is longer than ${FLAG_FILE_BYTES_MAX} bytes`);
  }
  return text.trim();
}

/** One byte more than is allowed, at most: a device may have no end. */
function beginningOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(FLAG_FILE_BYTES_MAX + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      length += read;
      if (read === 0 || length === bytes.length) return bytes.toString('utf8', 0, length);
    }
  } finally {
    closeSync(file);
  }
}
