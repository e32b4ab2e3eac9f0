/** What comes in and what goes out: media types, as Mesos negotiates them. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { admitsGzip, admitsMediaType } from '../../../transport/http/media-type.ts';
import {
  contentHeaders,
  negotiateAnswer,
  negotiateContent,
} from '../../../transport/http/negotiation.ts';

const JSON_TYPE = 'application/json';
const PROTOBUF = 'application/x-protobuf';
const RECORDIO = 'application/recordio';

/** [Accept, what we answer] */
const ACCEPT: readonly (readonly [string | undefined, 'json' | 'protobuf' | 406])[] = [
  [undefined, 'json'],
  ['', 'json'],
  ['*/*', 'json'],
  ['application/*', 'json'],
  [JSON_TYPE, 'json'],
  ['APPLICATION/JSON', 'json'],
  ['application/json;charset=utf-8', 'json'],
  // However it is weighted, JSON is preferred where it is admitted.
  [`${PROTOBUF}, application/json;q=0.1`, 'json'],
  [`${PROTOBUF};q=1, */*;q=0.1`, 'json'],
  [PROTOBUF, 'protobuf'],
  [`text/html , ${PROTOBUF} ; q=0.5`, 'protobuf'],
  ['application/json;q=0, */*', 'protobuf'],
  ['application/json;q=0.000, application/*', 'protobuf'],
  // What Java sends when it is told nothing.
  ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', 'json'],
  ['text/html', 406],
  ['text/*', 406],
  ['foo', 406],
  [`${PROTOBUF};q=0, application/json;q=0`, 406],
  ['*/*;q=0', 406],
  // A weight that is none: the part is as if it were not there.
  ['application/json;q=2, application/x-protobuf;q=1', 'protobuf'],
];

for (const [accept, expected] of ACCEPT) {
  test(`Accept: ${accept ?? '(none)'} is answered by ${expected}`, () => {
    const answer = negotiateAnswer(accept === undefined ? {} : { accept });
    if (expected !== 406) {
      deepEqual(answer, { encoding: expected, isRecordio: false });
      return;
    }
    equal('status' in answer && answer.status, 406);
    equal(
      'body' in answer && answer.body,
      "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'",
    );
  });
}

/** [headers, what it is] without streams of records. */
const CONTENT: readonly (readonly [string | undefined, unknown])[] = [
  [JSON_TYPE, { encoding: 'json', isRecordio: false }],
  ['Application/JSON; charset=UTF-8', { encoding: 'json', isRecordio: false }],
  [' application/x-protobuf ;x=y', { encoding: 'protobuf', isRecordio: false }],
  [undefined, [400, "Expecting 'Content-Type' to be present"]],
  ['', [415, `Expecting 'Content-Type' of ${JSON_TYPE} or ${PROTOBUF}`]],
  ['text/html', [415, `Expecting 'Content-Type' of ${JSON_TYPE} or ${PROTOBUF}`]],
  [RECORDIO, [415, `Expecting 'Content-Type' of ${JSON_TYPE} or ${PROTOBUF}`]],
];

for (const [contentType, expected] of CONTENT) {
  test(`Content-Type: ${contentType ?? '(none)'} is ${JSON.stringify(expected)}`, () => {
    deepEqual(
      brief(negotiateContent(contentType === undefined ? {} : { 'content-type': contentType })),
      expected,
    );
  });
}

test('a body that is a stream of records says what its records are', () => {
  const content = (headers: Record<string, string>) =>
    brief(negotiateContent(headers, { recordio: true }));
  deepEqual(content({ 'content-type': RECORDIO, 'message-content-type': PROTOBUF }), {
    encoding: 'protobuf',
    isRecordio: true,
  });
  deepEqual(content({ 'content-type': RECORDIO }), [
    400,
    "Expecting 'Message-Content-Type' to be set for streaming requests",
  ]);
  deepEqual(content({ 'content-type': RECORDIO, 'message-content-type': 'text/html' }), [
    415,
    `Expecting 'Message-Content-Type' of ${JSON_TYPE} or ${PROTOBUF}`,
  ]);
  deepEqual(content({ 'content-type': JSON_TYPE, 'message-content-type': PROTOBUF }), [
    415,
    "Expecting 'Message-Content-Type' to be not set for non-streaming requests",
  ]);
  deepEqual(content({ 'content-type': 'text/html' }), [
    415,
    `Expecting 'Content-Type' of ${JSON_TYPE} or ${PROTOBUF} or ${RECORDIO}`,
  ]);
});

test('an answer is called a stream of records where nothing else is admitted', () => {
  const answer = (headers: Record<string, string>) =>
    brief(negotiateAnswer(headers, { recordio: true }));
  deepEqual(answer({}), { encoding: 'json', isRecordio: false });
  deepEqual(answer({ accept: `${RECORDIO}, ${PROTOBUF}` }), {
    encoding: 'protobuf',
    isRecordio: false,
  });
  deepEqual(answer({ accept: RECORDIO }), { encoding: 'json', isRecordio: true });
  deepEqual(answer({ accept: RECORDIO, 'message-accept': PROTOBUF }), {
    encoding: 'protobuf',
    isRecordio: true,
  });
  deepEqual(answer({ accept: RECORDIO, 'message-accept': 'text/html' }), [
    406,
    `Expecting 'Message-Accept' to allow ${JSON_TYPE} or ${PROTOBUF}`,
  ]);
  deepEqual(answer({ accept: JSON_TYPE, 'message-accept': JSON_TYPE }), [
    406,
    "Expecting 'Message-Accept' to be not set for non-streaming responses",
  ]);
  deepEqual(answer({ accept: 'text/html' }), [
    406,
    `Expecting 'Accept' to allow ${JSON_TYPE} or ${PROTOBUF} or ${RECORDIO}`,
  ]);
});

test('what was negotiated is said in the headers', () => {
  deepEqual(contentHeaders({ encoding: 'json', isRecordio: false }), { 'content-type': JSON_TYPE });
  deepEqual(contentHeaders({ encoding: 'protobuf', isRecordio: true }), {
    'content-type': RECORDIO,
    'message-content-type': PROTOBUF,
  });
});

test('gzip is asked for by name or by wildcard, unless its weight is zero', () => {
  for (const header of ['gzip', 'deflate, GZIP;q=0.5', 'x-gzip', '*', 'br;q=1.0, gzip;q=0.001']) {
    equal(admitsGzip(header), true, header);
  }
  for (const header of [
    undefined,
    '',
    'identity',
    'gzip;q=0',
    'gzip;q=0.0, *',
    '*;q=0',
    'gzipped',
  ]) {
    equal(admitsGzip(header), false, header);
  }
});

test('only so many parts of a header are looked at', () => {
  equal(admitsMediaType(`${'a/b,'.repeat(63)}${JSON_TYPE}`, JSON_TYPE), true);
  equal(admitsMediaType(`${'a/b,'.repeat(64)}${JSON_TYPE}`, JSON_TYPE), false);
});

function brief(outcome: ReturnType<typeof negotiateContent>): unknown {
  return 'status' in outcome ? [outcome.status, outcome.body] : outcome;
}
