/**
 * The entries that a leader appends to the log in an etcd, one at a time, and its snapshots.
 *
 *     waiting ──its turn──▶ on its way ──kept──▶ applied here, answered `written`
 *                 ▲             ├──no answer──▶ (again, as long as it leads)
 *                 └─────────────┘
 *                               └──refused | it leads no longer──▶ answered `writeFailed`
 *
 * To ask again for the same entry is harmless: it is kept only where there is none of its number. If
 * there is one, and we have asked before and still lead, it is ours.
 */
import { assert } from '../../../runtime/assert.ts';
import { registryError } from './errors.ts';
import { askEtcd } from './etcd-client.ts';
import { type EtcdFault, faultOf, isFinal, isRefusal } from './etcd-errors.ts';
import { append } from './etcd-questions.ts';
import { headOf } from './etcd-records.ts';
import { etcdSaving } from './etcd-saving.ts';
import {
  type Append,
  complain,
  depose,
  ETCD_STORE_DEFAULTS,
  type EtcdStoreContext,
  type EtcdStoreHandlers,
  type EtcdStoreState,
  recovered,
  type Write,
} from './etcd-state.ts';
import { encodeOperations } from './operation-text.ts';
import type { RegistryOperation } from './operations.ts';
import { copyRegistry } from './registry.ts';

/** Of one endpoint. */
const APPEND_TIMEOUT_MS = 3000;
const APPEND_AGAIN_MS = 100;
/** After a snapshot that could not be saved. */
const SAVE_AGAIN_MS = 10_000;

export const writesHandlers: EtcdStoreHandlers<
  'write' | 'appendDue' | 'appended' | 'appendFailed' | 'saved' | 'notSaved'
> = {
  write(state, message, context) {
    state.writes.push(message);
    if (state.append === undefined) writeNext(state, context);
  },

  appendDue(state, _message, context) {
    const { append: entry } = state;
    if (entry === undefined) return;
    if (leads(state, entry, context)) appendNow(state, entry, context);
    else fail(state, entry, 'unknown', 'leadership was lost meanwhile', context);
  },

  appended(state, { outcome }, context) {
    const { append: entry } = state;
    assert(entry !== undefined, 'one entry is on its way until it is answered');
    if (outcome.kind === 'kept') {
      kept(state, entry, context);
      return;
    }
    const { found } = outcome;
    const isOurs = found !== undefined && Buffer.from(found).equals(entry.data);
    if (isOurs && outcome.leads && entry.attemptCount > 1) {
      kept(state, entry, context);
      return;
    }
    if (outcome.leads) {
      const why = found === undefined ? 'that before it is missing' : 'somebody else has';
      const sentence = `Cannot append entry ${entry.index} to the log in etcd: ${why}`;
      complain(state, 'writing', faultOf(registryError('registryDamaged', sentence)), context);
      return;
    }
    depose(state, 'another master has led since, or somebody has removed its key', context);
    const how = entry.attemptCount === 1 ? 'notApplied' : 'unknown';
    fail(state, entry, how, 'it leads no longer', context);
  },

  appendFailed(state, { fault }, context) {
    const { append: entry } = state;
    assert(entry !== undefined, 'one entry is on its way until it is answered');
    if (fault.code !== 'etcdLeaseLost') complain(state, 'writing', fault, context);
    if (isFinal(fault)) return;
    if (isRefusal(fault)) {
      const how = entry.attemptCount === 1 ? 'notApplied' : 'unknown';
      fail(state, entry, how, refusalSentence(fault), context);
    } else if (leads(state, entry, context)) {
      context.sendSelfAfter(APPEND_AGAIN_MS, { type: 'appendDue' });
    } else {
      fail(state, entry, 'unknown', 'leadership was lost meanwhile', context);
    }
  },

  saved(state, { head }) {
    state.isSaving = false;
    state.copy.saved(head);
  },

  notSaved(state, { sentence }, context) {
    state.isSaving = false;
    state.saveNotBeforeMs = context.nowMs() + SAVE_AGAIN_MS;
    if (state.epoch !== undefined) {
      context.log.warn(`Cannot save a snapshot of the registry in etcd: ${sentence}`);
    }
  },
};

/** Appends `recover`, with an epoch that is greater than all before, also in an etcd made anew. */
export function begin(state: EtcdStoreState, context: EtcdStoreContext): void {
  const { claim, copy } = state;
  assert(claim !== undefined, 'only who has the key begins');
  const { candidate } = context.options;
  const epoch = Math.max(claim.revision, (copy.registry.leader?.epoch ?? 0) + 1);
  start(state, epoch, [{ type: 'recover', leader: { epoch, candidate } }], undefined, context);
}

function writeNext(state: EtcdStoreState, context: EtcdStoreContext): void {
  for (;;) {
    const write = state.writes.shift();
    if (write === undefined) return;
    const { epoch, operations } = write;
    // Its time may have passed while this process stood still.
    if (state.session === undefined || state.session.untilMs <= context.nowMs()) {
      depose(state, 'it could not renew its lease in etcd in time', context);
    }
    if (epoch === state.epoch) {
      start(state, epoch, operations, write, context);
      return;
    }
    const now = state.epoch === undefined ? 'this master does not lead' : `it is ${state.epoch}`;
    answerFailed(write, 'notApplied', `Cannot write in epoch ${epoch}: ${now}`, context);
  }
}

function start(
  state: EtcdStoreState,
  epoch: number,
  operations: readonly RegistryOperation[],
  write: Write | undefined,
  context: EtcdStoreContext,
): void {
  const { claim, copy } = state;
  assert(claim !== undefined, 'only who has the key appends');
  const { cluster } = context.options;
  state.append = {
    index: copy.nextIndex,
    operations,
    data: encodeOperations(operations),
    claim,
    epoch,
    write,
    head: copy.head ?? headOf(cluster, { snapshotIndex: 0, pieceCount: 0, bytes: 0 }),
    isFirst: copy.head === undefined,
    attemptCount: 0,
  };
  appendNow(state, state.append, context);
}

function appendNow(state: EtcdStoreState, entry: Append, context: EtcdStoreContext): void {
  entry.attemptCount++;
  const { client, candidate } = context.options;
  const { claim, epoch, head, isFirst, write } = entry;
  const begun = write === undefined ? { leader: { epoch, candidate }, head, isFirst } : undefined;
  context.defer(askEtcd(client, append(state.keys, claim, entry, begun), APPEND_TIMEOUT_MS), {
    onValue: (outcome) => ({ type: 'appended', outcome }),
    onError: (error) => ({ type: 'appendFailed', fault: faultOf(error) }),
  });
}

function kept(state: EtcdStoreState, entry: Append, context: EtcdStoreContext): void {
  const { operations, data, head, write, epoch } = entry;
  state.append = undefined;
  recovered(state, 'writing', context);
  const refusals = state.copy.keep(operations, data.length, head);
  if (write === undefined) {
    if (leads(state, entry, context)) lead(state, epoch, context);
    writeNext(state, context);
    return;
  }
  const { writeNumber } = write;
  context.send(write.replyTo, { type: 'written', writeNumber, refusals });
  saveIfLong(state, context);
  writeNext(state, context);
}

function lead(state: EtcdStoreState, epoch: number, context: EtcdStoreContext): void {
  const { candidate, mastership } = context.options;
  const leader = { epoch, candidate };
  state.epoch = epoch;
  state.told = leader;
  const registry = copyRegistry(state.copy.registry);
  context.send(mastership, { type: 'elected', leader, registry });
}

/** Whether the entry may still be asked for: in the leadership that it is of, or to begin it. */
function leads(
  { claim, epoch, session }: EtcdStoreState,
  entry: Append,
  context: EtcdStoreContext,
): boolean {
  if (session === undefined || session.untilMs <= context.nowMs()) return false;
  if (claim?.revision !== entry.claim.revision) return false;
  return epoch === (entry.write === undefined ? undefined : entry.epoch);
}

function fail(
  state: EtcdStoreState,
  { write }: Append,
  outcome: 'notApplied' | 'unknown',
  why: string,
  context: EtcdStoreContext,
): void {
  state.append = undefined;
  if (write !== undefined) {
    const what = outcome === 'unknown' ? 'Cannot say whether it was written' : 'Cannot write';
    answerFailed(write, outcome, `${what}: ${why}`, context);
  }
  writeNext(state, context);
}

function answerFailed(
  { writeNumber, replyTo }: Write,
  outcome: 'notApplied' | 'unknown',
  sentence: string,
  context: EtcdStoreContext,
): void {
  context.send(replyTo, { type: 'writeFailed', writeNumber, outcome, sentence });
}

function refusalSentence({ sentence, remedy }: EtcdFault): string {
  return `${sentence}; ${remedy}`;
}

function saveIfLong(state: EtcdStoreState, context: EtcdStoreContext): void {
  const { copy, claim, keys, isSaving, saveNotBeforeMs } = state;
  const { client, cluster, snapshotBytesMin } = context.options;
  if (isSaving || claim === undefined || context.nowMs() < saveNotBeforeMs) return;
  if (!copy.isLong(snapshotBytesMin ?? ETCD_STORE_DEFAULTS.snapshotBytesMin)) return;
  state.isSaving = true;
  const registry = copyRegistry(copy.registry);
  const index = copy.nextIndex - 1;
  const options = { client, keys, cluster, claim, registry, index, store: context.self };
  context.spawn(etcdSaving, options, { onCrash: 'escalate' });
}
