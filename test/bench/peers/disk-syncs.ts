/**
 * How often a second this machine makes something durable: writes one after the other into a file that
 * has its blocks already, each followed by fdatasync.
 * usage: node disk-syncs.js BYTES,BYTES,… MS
 * Prints rateB for each number of bytes B.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../consensus/group.ts';

const [sizesText = '4096', measureText = '1000'] = process.argv.slice(2);
const measureMs = Number(measureText);
const FILE_BYTES = 16 * 2 ** 20;

const file = openSync(join(temporaryDirectory(), 'file'), 'w+');
writeSync(file, new Uint8Array(FILE_BYTES), 0, FILE_BYTES, 0);
fdatasyncSync(file);
const figures: Record<string, number> = { count: 0, wallMs: 0, cpuMs: 0 };
for (const size of sizesText.split(',').map(Number)) {
  const bytes = new Uint8Array(size).fill(1);
  const startMs = performance.now();
  let count = 0;
  for (let offset = 0; performance.now() - startMs < measureMs; count++) {
    writeSync(file, bytes, 0, size, offset);
    fdatasyncSync(file);
    offset = offset + 2 * size > FILE_BYTES ? 0 : offset + size;
  }
  figures[`rate${size}`] = (count / (performance.now() - startMs)) * 1000;
}
closeSync(file);
console.log(JSON.stringify(figures));
