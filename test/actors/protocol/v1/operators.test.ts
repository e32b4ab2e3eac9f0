/** Quotas, weights, maintenance and draining between operators and our nouns. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentId } from '../../../../actors/protocol/ids.ts';
import { decodeV1 } from '../../../../actors/protocol/v1/codec.ts';
import {
  fromDrain,
  fromQuota,
  fromWeight,
  fromWindow,
} from '../../../../actors/protocol/v1/from-nouns/operators.ts';
import {
  toDrain,
  toQuota,
  toWeight,
  toWindow,
} from '../../../../actors/protocol/v1/to-nouns/operators.ts';

test('a quota is in thousandths, and comes back', () => {
  const quota = {
    role: 'dev',
    guaranteesMilli: { cpus: 1500 },
    limitsMilli: { cpus: 2000, mem: 0 },
  };
  const theirs = fromQuota(quota);
  deepEqual(
    theirs.limits,
    new Map([
      ['cpus', { value: 2 }],
      ['mem', { value: 0 }],
    ]),
  );
  deepEqual(toQuota(theirs), quota);
});

test('three digits of a quota count, and what is no amount is for others to refuse', () => {
  const limits = new Map([
    ['cpus', { value: 1.2345 }],
    ['mem', { value: -1 }],
  ]);
  deepEqual(toQuota({ role: 'r', limits }).limitsMilli, { cpus: 1235, mem: -1000 });
});

test('a weight is of the role that is named, without blanks around it', () => {
  deepEqual(toWeight({ weight: 2 }), { role: '', weight: 2 });
  deepEqual(toWeight({ weight: 2, role: ' r ' }), { role: 'r', weight: 2 });
  deepEqual(toWeight(fromWeight({ role: 'r', weight: 0.5 })), { role: 'r', weight: 0.5 });
});

test('a window of maintenance comes back, with host names in lower case', () => {
  const window = {
    machineIds: [{ hostname: 'a' }, { hostname: 'b', ip: '10.0.0.2' }],
    startMs: 1_700_000_000_000.5,
    durationMs: 3_600_000,
  };
  deepEqual(toWindow(fromWindow(window)), window);
  const unavailability = { start: { nanoseconds: 1_000_000n } };
  deepEqual(toWindow({ machine_ids: [{ hostname: 'BOX' }], unavailability }), {
    machineIds: [{ hostname: 'box' }],
    startMs: 1,
  });
});

test('how an agent is drained is read from both forms of a duration', () => {
  const drain = (period: string) => {
    const json = `{"agent_id":{"value":"a"},"max_grace_period":${period},"mark_gone":true}`;
    return toDrain(decodeV1('master.Call.DrainAgent', 'json', Buffer.from(json)));
  };
  const agentId = 'a' as AgentId;
  deepEqual(drain('{"seconds":600}'), { agentId, markGone: true, maxGracePeriodMs: 600_000 });
  deepEqual(drain('"1500ms"'), { agentId, markGone: true, maxGracePeriodMs: 1500 });
  deepEqual(drain('null'), { agentId, markGone: true });
});

test('operators see how far an agent is drained', () => {
  deepEqual(fromDrain({ markGone: false, drained: true }), {
    state: 'DRAINED',
    config: { mark_gone: false },
  });
  deepEqual(fromDrain({ markGone: true, drained: false, maxGracePeriodMs: 1 }), {
    state: 'DRAINING',
    config: { max_grace_period: { nanoseconds: 1_000_000n }, mark_gone: true },
  });
});
