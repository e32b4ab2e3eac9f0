/** What is said about replicated logs is let in only when it is what its type promises. */
import { equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  acceptsLogReply,
  acceptsLogRequest,
  LOG_ENTRY_BYTES_MAX,
  LOG_NAME_LENGTH_MAX,
  LOG_WAIT_MS_MAX,
  logNameFault,
} from '../../../actors/protocol/replicated-logs.ts';
import { toLogClient, toReplicatedLogs } from './sound-messages.ts';

const requests = Object.entries(toReplicatedLogs).map(([type, fields]) => ({ type, ...fields }));
const replies = Object.entries(toLogClient).map(([type, fields]) => ({ type, ...fields }));

test('every request and every answer is accepted when it is sound, and with one field more it is not', () => {
  for (const request of requests) {
    equal(acceptsLogRequest(request), undefined);
    match(acceptsLogRequest({ ...request, more: 1 }) ?? '', /"more" that is not known here/);
  }
  for (const reply of replies) {
    equal(acceptsLogReply(reply), undefined);
    match(acceptsLogReply({ ...reply, more: 1 }) ?? '', /"more" that is not known here/);
  }
});

test('what is too large is refused, but what can be answered is let in', () => {
  const append = { type: 'appendToLog', ...toReplicatedLogs.appendToLog };
  equal(acceptsLogRequest({ ...append, data: new Uint8Array(LOG_ENTRY_BYTES_MAX + 1) }), undefined);
  match(
    acceptsLogRequest({ ...append, data: new Uint8Array(LOG_ENTRY_BYTES_MAX + 2) }) ?? '',
    /^data: expected at most/,
  );
  const read = { type: 'readLog', ...toReplicatedLogs.readLog };
  match(acceptsLogRequest({ ...read, waitMs: LOG_WAIT_MS_MAX + 1 }) ?? '', /^waitMs: /);
  equal(acceptsLogRequest({ ...read, name: 'x'.repeat(LOG_NAME_LENGTH_MAX + 1) }), undefined);
});

test('nothing that comes in makes the checks throw', () => {
  fc.assert(
    fc.property(fc.anything(), fc.constantFrom(...requests, ...replies), (junk, sound) => {
      for (const accepts of [acceptsLogRequest, acceptsLogReply]) {
        accepts(junk);
        for (const key of Object.keys(sound)) accepts({ ...sound, [key]: junk });
      }
    }),
  );
});

test('a name is a role, a slash, and a name in that role', () => {
  for (const name of ['ops/ledger', 'eng/prod/queue', '*/x', 'a.b-c_d/1']) {
    equal(logNameFault(name), undefined);
  }
  for (const name of ['', 'ops', '/ops', 'ops/', 'ops//x', 'ops/a b', 'ops/ä', 'ops/*']) {
    match(logNameFault(name) ?? '', /a role, a slash/);
  }
  match(logNameFault(`ops/${'x'.repeat(LOG_NAME_LENGTH_MAX)}`) ?? '', /at most 128 characters/);
});
