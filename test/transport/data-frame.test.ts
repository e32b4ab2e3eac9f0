/** Data frames in one piece. Source: RFC 6455, section 5.2. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { DATA_BYTES_MAX, dataFrame } from '../../transport/data-frame.ts';

const bytesOf = (length: number, first = 0) =>
  Uint8Array.from({ length }, (_, index) => (first + index) & 0xff);

test('a frame is final, of bytes, and says its length in 7 or in 16 bits', () => {
  for (const [length, ...head] of [
    [0, 0x82, 0],
    [125, 0x82, 125],
    [126, 0x82, 126, 0, 126],
    [DATA_BYTES_MAX, 0x82, 126, DATA_BYTES_MAX >> 8, 0],
  ] as const) {
    deepEqual([...dataFrame(bytesOf(length), false)], [...head, ...bytesOf(length)]);
  }
});

test('what a client sends says that it has a mask, of zeros', () => {
  deepEqual([...dataFrame(bytesOf(3), true)], [0x82, 0x83, 0, 0, 0, 0, 0, 1, 2]);
  deepEqual([...dataFrame(bytesOf(200), true).subarray(0, 9)], [0x82, 0xfe, 0, 200, 0, 0, 0, 0, 0]);
});

test('frames that wait for leaving are not written over by later ones', () => {
  const frames = Array.from({ length: 500 }, (_, index) => dataFrame(bytesOf(300, index), true));
  for (const [index, frame] of frames.entries()) {
    equal(Buffer.compare(frame.subarray(8), bytesOf(300, index)), 0, `frame ${index}`);
  }
});
