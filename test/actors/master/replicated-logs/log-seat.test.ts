/** The seat of a log alone: what it refuses, what it holds back, and whom it sends elsewhere. */
import { equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { encodeLogOperation } from '../../../../actors/master/replicated-logs/log-entry.ts';
import { logSeat } from '../../../../actors/master/replicated-logs/log-seat.ts';
import type { SeatRequest } from '../../../../actors/master/replicated-logs/seat-state.ts';
import {
  LOG_BYTES_MAX,
  LOG_ENTRY_BYTES_MAX,
  type LogReply,
} from '../../../../actors/protocol/replicated-logs.ts';
import type { ReplicaMessage } from '../../../../consensus/replica-messages.ts';
import { replicaName } from '../../../../consensus/replica-state.ts';
import type { Address } from '../../../../runtime/actor.ts';
import { address, PROBE_NODE, probe } from '../../../kit/probe.ts';

const client = address<LogReply>('client');
const log = { name: 'ops/ledger', logId: 'id', clusterId: '', founders: [] };

function seat(role: 'leader' | 'follower' = 'leader') {
  const one = probe(logSeat, { log, node: PROBE_NODE, place: { kind: 'memory' } });
  const replica: Address<ReplicaMessage> = address(replicaName('id'));
  const leader = { memberId: 2, address: 'other:5050' };
  const leading = role === 'leader' ? { memberId: 1, address: PROBE_NODE } : leader;
  one.receive({ type: 'roleChanged', group: 'id', role, term: 1, leader: leading });
  let number = 0;
  const { machine } = one.state;
  const apply = (index: number, operation: Parameters<typeof encodeLogOperation>[0]) =>
    machine.apply({ index, term: 1, data: encodeLogOperation(operation) });
  return {
    ...one,
    machine,
    apply,
    replica,
    ask(request: Omit<SeatRequest, 'name' | 'number' | 'replyTo'> & object) {
      const whole = { ...request, name: log.name, number: ++number, replyTo: client };
      one.receive(whole as SeatRequest);
      return number;
    },
    answers: () => one.sentTo(client).map(({ message }) => message),
    proposals: () => one.sentTo(replica).filter(({ message }) => message.type === 'propose'),
  };
}

const begin = { kind: 'begin', token: 't', holder: 'h' } as const;
const data = new Uint8Array(3);

test('one that does not lead says who does', () => {
  const one = seat('follower');
  one.ask({ type: 'readLog', from: 0 } as never);
  const [answer] = one.answers();
  equal(answer?.type === 'logRetry' && answer.leader, 'other:5050');
});

test('appends beyond the bytes of a log are refused until it is truncated', () => {
  const one = seat();
  one.apply(2, begin);
  const large = new Uint8Array(LOG_ENTRY_BYTES_MAX);
  const count = LOG_BYTES_MAX / LOG_ENTRY_BYTES_MAX;
  for (let sequence = 1; sequence <= count; sequence++) {
    one.apply(2 + sequence, { kind: 'append', epoch: 2, sequence, data: large });
  }
  one.ask({ type: 'appendToLog', epoch: 2, sequence: count + 1, data } as never);
  const [refused] = one.answers();
  equal(refused?.type === 'logRefused' && refused.code, 'logFull');
  one.apply(count + 3, { kind: 'truncate', epoch: 2, to: count + 2 });
  one.ask({ type: 'appendToLog', epoch: 2, sequence: count + 1, data } as never);
  equal(one.answers().length, 1);
  equal(one.proposals().length, 1);
});

test('what is on its way is not proposed again, and what is missing is asked for', () => {
  const one = seat();
  one.apply(2, begin);
  for (const sequence of [1, 2, 1, 2, 4]) {
    one.ask({ type: 'appendToLog', epoch: 2, sequence, data } as never);
  }
  equal(one.proposals().length, 2);
  const [answer] = one.answers();
  match(answer?.type === 'logRetry' ? answer.reason : '', /before it is missing/);
});

test('an epoch that is not known here yet is asked about again', () => {
  const one = seat();
  one.ask({ type: 'appendToLog', epoch: 99, sequence: 1, data } as never);
  equal(one.answers()[0]?.type, 'logRetry');
});

test('bytes on their way are bounded', () => {
  const one = seat();
  one.apply(2, begin);
  const large = new Uint8Array(LOG_ENTRY_BYTES_MAX);
  for (let sequence = 1; sequence <= 40; sequence++) {
    one.ask({ type: 'appendToLog', epoch: 2, sequence, data: large } as never);
  }
  equal(one.proposals().length, 16);
  equal(one.answers().length, 24);
});

test('who waits for entries gets an empty page in time, and too many are refused', () => {
  const one = seat();
  const wait = () => {
    const number = one.ask({ type: 'readLog', from: 0, waitMs: 5000 } as never);
    one.receive({ type: 'readable', number: one.state.nextNumber - 1 });
    return number;
  };
  for (let index = 0; index < 1000; index++) wait();
  equal(one.answers().length, 0);
  wait();
  const [refused] = one.answers();
  equal(refused?.type === 'logRefused' && refused.code, 'logFollowersTooMany');
  one.advance(5500);
  equal(one.answers().filter(({ type }) => type === 'logPage').length, 1000);
});
