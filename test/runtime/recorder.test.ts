/** The flight recorder. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { Envelope } from '../../runtime/envelope.ts';
import { RECORD_COUNT_MAX, Recorder, type RecordQuery } from '../../runtime/recorder.ts';

const everything: RecordQuery = {
  actorAt: (index) => `actor ${index}`,
  typeAt: (index) => `type ${index}`,
  matches: () => true,
  offset: 0,
  countMax: 10,
};

test('a record says who handled what, when, and because of what', () => {
  const recorder = new Recorder('here:1');
  recorder.record(envelope(7, 'there:1', 3, 'elsewhere:1'), 1, 2, 1000);
  deepEqual(recorder.list(everything), [
    {
      atMs: 1000,
      node: 'there:1',
      id: 7,
      causeNode: 'elsewhere:1',
      causeId: 3,
      actor: 'actor 1',
      type: 'type 2',
    },
  ]);
});

test('only the newest records are kept, and shown newest first', () => {
  const recorder = new Recorder('here:1');
  for (let id = 1; id <= RECORD_COUNT_MAX + 10; id++) recorder.record(envelope(id), 1, 1, id);
  const newest = recorder.list({ ...everything, countMax: 2 });
  deepEqual(
    newest.map(({ id }) => id),
    [RECORD_COUNT_MAX + 10, RECORD_COUNT_MAX + 9],
  );
  equal(recorder.list({ ...everything, countMax: 1_000_000 }).length, RECORD_COUNT_MAX);
  deepEqual(
    recorder.list({ ...everything, offset: 1, countMax: 1 }).map(({ id }) => id),
    [RECORD_COUNT_MAX + 9],
  );
});

test('records can be picked', () => {
  const recorder = new Recorder('here:1');
  for (let id = 1; id <= 6; id++) recorder.record(envelope(id), id % 2, 1, id);
  const odd = recorder.list({ ...everything, matches: ({ actor }) => actor === 'actor 1' });
  deepEqual(
    odd.map(({ id }) => id),
    [5, 3, 1],
  );
});

function envelope(id: number, node = 'here:1', causeId = 0, causeNode = 'here:1'): Envelope {
  return new Envelope(id, node, causeId, causeNode, undefined, { type: 'x' }, undefined);
}
