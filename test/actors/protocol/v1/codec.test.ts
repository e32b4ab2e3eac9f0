/** Both encodings of every message, and that they say the same. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeV1, encodeV1 } from '../../../../actors/protocol/v1/codec.ts';
import { V1_NAMES, type V1Name } from '../../../../actors/protocol/v1/dictionary.ts';
import { anyMessage } from './arbitrary-message.ts';
import { withDefaultsShown } from './defaults-shown.ts';

const numRuns = 8;

test('every message comes back from protobuf as it was', () => {
  for (const name of V1_NAMES) {
    fc.assert(
      fc.property(anyMessage(name), (message) => {
        deepEqual(decodeV1(name, 'protobuf', encodeV1(name, 'protobuf', message)), message);
      }),
      { numRuns },
    );
  }
});

test('every message comes back from JSON as it was, with the defaults that Mesos shows', () => {
  for (const name of V1_NAMES) {
    fc.assert(
      fc.property(anyMessage(name), (message) => {
        const shown = withDefaultsShown(name, message);
        deepEqual(decodeV1(name, 'json', encodeV1(name, 'json', message)), shown);
      }),
      { numRuns },
    );
  }
});

test('what came in one encoding and leaves in the other says the same', () => {
  const names: readonly V1Name[] = ['scheduler.Call', 'scheduler.Event', 'executor.Event'];
  for (const name of names) {
    fc.assert(
      fc.property(anyMessage(name), (message) => {
        const json = encodeV1(name, 'json', message);
        const protobuf = encodeV1(name, 'protobuf', decodeV1(name, 'json', json));
        deepEqual(decodeV1(name, 'protobuf', protobuf), withDefaultsShown(name, message));
      }),
      { numRuns },
    );
  }
});
