/**
 * Carries out operations on the agent's resources, one after the other, and says what came of them
 * until somebody acknowledges it.
 *
 *     apply ─▶ queue ─▶ written down ─▶ done on the disk ─▶ written down ─▶ settled: finished
 *                  │         └─ no space ──────┴─ fails ───────▶ (as before) settled: failed
 *                  └─ what it consumes is not there, or in use ─▶ settled: dropped
 *     settled ──told, ever more slowly──▶ acknowledged: forgotten
 *
 * Before anything changes on the disk it is written down what is to come of it; so after a crash it is
 * done again, and told. What only changes the books is written down once. Nothing is told before it
 * is safe, but for what could not begin on a full disk. A disk that refuses the record for another
 * reason than space is the end of the agent, which takes all up again when it starts.
 * Source: Mesos 1.11, src/slave/slave.cpp (applyOperation, checkpointResourceState), which ends the
 * agent when a volume cannot be made or removed; src/status_update_manager.
 */
import { defineActor } from '../../../runtime/actor.ts';
import { describeError } from '../../../runtime/errors.ts';
import type { OperationUuid, UpdateId } from '../../protocol/ids.ts';
import type {
  OperationRecord,
  OperationStatus,
  ReportedOperation,
} from '../../protocol/operation.ts';
import { isFull } from '../checkpoint/store.ts';
import type {
  OperationCarrierContext,
  OperationCarrierMessage,
  OperationCarrierOptions,
  OperationCarrierState,
  Queued,
} from './carrier-state.ts';
import { keptOf, readKept, textOf, totalOf } from './kept-resources.ts';
import { deedOf, outcomeOf } from './operation-outcome.ts';

const FULL_WAIT_MS = 1000;

export const operationCarrier = defineActor<
  OperationCarrierOptions,
  OperationCarrierState,
  OperationCarrierMessage
>({
  name: 'operations',
  initialState: ({ resources }) => ({
    total: resources,
    operations: new Map(),
    queue: [],
    doing: undefined,
    busy: true,
    writing: undefined,
    settled: [],
    changed: false,
    waitsForSpace: false,
    paused: true,
    ready: false,
    timers: new Map(),
  }),
  started(_, context) {
    context.defer(context.options.store.read(), {
      onValue: (text) => ({ type: 'read', text }),
      onError: (error) => ({ type: 'notRead', error }),
    });
  },
  handlers: {
    read(state, { text }, context) {
      const { store, resources, disk } = context.options;
      try {
        const kept = readKept(text, store.path);
        state.total = totalOf(resources, kept.resources);
        for (const one of kept.operations) state.operations.set(one.operationUuid, one);
        const pending = kept.operations.find(({ status }) => status.state === 'pending');
        if (pending !== undefined) {
          const before = totalOf(resources, kept.before ?? kept.resources);
          state.doing = { record: recordOf(pending), before };
        }
      } catch (error) {
        fail(error, context);
        return;
      }
      state.busy = false;
      if (state.doing !== undefined) {
        act(state, context);
        return;
      }
      context.defer(disk.sweepVolumes(state.total), {
        onValue: () => ({ type: 'swept', cause: undefined }),
        onError: (error) => ({ type: 'swept', cause: describeError(error) }),
      });
      goOn(state, context);
    },

    notRead(_, { error }, context) {
      fail(error, context);
    },

    apply(state, message, context) {
      state.queue.push(message);
      goOn(state, context);
    },

    refuse(state, { record, message }, context) {
      settle(state, record, { state: 'dropped', message }, context);
      goOn(state, context);
    },

    acknowledge(state, { operationUuid, updateId }, context) {
      // A retry may cross the first acknowledgement on the wire: the second one is old news.
      if (state.operations.get(operationUuid)?.status.updateId !== updateId) return;
      forget(state, operationUuid, context);
      goOn(state, context);
    },

    forgetSettled(state, _, context) {
      for (const { operationUuid, status } of [...state.operations.values()]) {
        if (status.state !== 'pending') forget(state, operationUuid, context);
      }
      goOn(state, context);
    },

    resume(state, _, context) {
      state.paused = false;
      for (const operation of state.operations.values()) forward(state, operation, context);
    },

    pause(state, _, context) {
      state.paused = true;
      for (const operationUuid of [...state.timers.keys()])
        stopTimer(state, operationUuid, context);
    },

    retry(state, { operationUuid, delayMs }, context) {
      state.timers.delete(operationUuid);
      const operation = state.operations.get(operationUuid);
      const { retryDelayMsMax } = context.options;
      if (operation !== undefined) {
        forward(state, operation, context, Math.min(delayMs * 2, retryDelayMsMax));
      }
    },

    written(state, _, context) {
      const { writing } = state;
      state.busy = false;
      state.writing = undefined;
      state.waitsForSpace = false;
      if (writing?.begins) {
        act(state, context);
        return;
      }
      for (const operation of writing?.told ?? []) tell(state, operation, context);
      goOn(state, context);
    },

    notWritten(state, { error }, context) {
      if (!isFull(error)) {
        fail(error, context);
        return;
      }
      const { writing, doing } = state;
      if (!writing?.begins || doing === undefined) {
        if (!state.waitsForSpace) {
          context.log.warn(
            `Cannot write down what became of operations: ${describeError(error)}; it is told when there is space`,
          );
        }
        state.waitsForSpace = true;
        state.busy = writing !== undefined && writing.told.length > 0;
        context.sendSelfAfter(FULL_WAIT_MS, { type: 'writeAgain' });
        return;
      }
      state.busy = false;
      state.writing = undefined;
      state.doing = undefined;
      state.total = doing.before;
      settle(state, doing.record, failed(error), context);
      // The disk has no room for this either, and it is as it was.
      for (const operation of state.settled.splice(0)) tell(state, operation, context);
      state.changed = true;
      goOn(state, context);
    },

    writeAgain(state, _, context) {
      const { busy, writing } = state;
      if (busy && writing !== undefined) write(state, writing, context);
      if (busy) return;
      state.changed = true;
      goOn(state, context);
    },

    deedDone(state, { leftBehind }, context) {
      if (leftBehind !== undefined) {
        context.log.warn(`Cannot remove all of a volume that was destroyed: ${leftBehind}`);
      }
      endDeed(state, { state: 'finished' }, context);
    },

    deedFailed(state, { error }, context) {
      if (state.doing !== undefined) state.total = state.doing.before;
      endDeed(state, failed(error), context);
    },

    swept(_, { cause }, context) {
      if (cause === undefined) return;
      context.log.warn(`Cannot remove what is left of volumes that were destroyed: ${cause}`);
    },
  },
  inspect: ({ total, operations, queue, doing, busy, paused, ready }) => ({
    total,
    operations: [...operations.values()],
    queueCount: queue.length,
    doing: doing?.record.operationUuid,
    busy,
    paused,
    ready,
  }),
});

/** What comes next, if nothing is being done: what was settled is told before more is begun. */
function goOn(state: OperationCarrierState, context: OperationCarrierContext): void {
  if (state.busy) return;
  if (!state.ready && state.settled.length === 0) {
    state.ready = true;
    const operations = [...state.operations.values()];
    context.send(context.options.agent, { type: 'resourcesRead', total: state.total, operations });
  }
  for (let next = state.queue[0]; next !== undefined; next = state.queue[0]) {
    // One at a time changes disks, and all before it is safe then.
    if (deedOf(next.record.operation) !== undefined && state.settled.length > 0) break;
    state.queue.shift();
    begin(state, next, context);
    if (state.busy) return;
  }
  if (state.settled.length === 0 && !state.changed) return;
  const { settled: told } = state;
  state.settled = [];
  write(state, { begins: false, told }, context);
}

function begin(
  state: OperationCarrierState,
  { record, inUse }: Queued,
  context: OperationCarrierContext,
): void {
  const outcome = outcomeOf(state.total, record.operation, inUse);
  if ('refused' in outcome) {
    settle(state, record, { state: 'dropped', message: outcome.refused }, context);
    return;
  }
  const before = state.total;
  state.total = outcome.total;
  if (deedOf(record.operation) === undefined) {
    settle(state, record, { state: 'finished' }, context);
    return;
  }
  state.doing = { record, before };
  note(state, record, { state: 'pending' });
  write(state, { begins: true, told: [] }, context);
}

function act(state: OperationCarrierState, context: OperationCarrierContext): void {
  const { doing } = state;
  const deed = doing && deedOf(doing.record.operation);
  if (doing === undefined || deed === undefined) return;
  state.busy = true;
  const { disk } = context.options;
  const { volumes } = deed;
  const done =
    deed.type === 'create'
      ? disk.createVolumes(volumes).then(() => undefined)
      : disk.destroyVolumes(volumes, doing.record.operationUuid);
  context.defer(done, {
    onValue: (leftBehind) => ({ type: 'deedDone', leftBehind }),
    onError: (error) => ({ type: 'deedFailed', error }),
  });
}

function endDeed(
  state: OperationCarrierState,
  status: OperationStatus,
  context: OperationCarrierContext,
): void {
  const { doing } = state;
  if (doing === undefined) return;
  state.busy = false;
  state.doing = undefined;
  settle(state, doing.record, status, context);
  goOn(state, context);
}

/** It is told when it has been written down. */
function settle(
  state: OperationCarrierState,
  record: OperationRecord,
  status: OperationStatus,
  context: OperationCarrierContext,
): void {
  const updateId = context.uuid() as UpdateId;
  state.settled.push(note(state, record, { ...status, updateId }));
}

function note(
  { operations }: OperationCarrierState,
  record: OperationRecord,
  status: OperationStatus,
): ReportedOperation {
  const { operationUuid, operationId } = record;
  const noted = {
    ...record,
    status: { ...status, ...(operationId === undefined ? {} : { operationId }) },
  };
  operations.set(operationUuid, noted);
  return noted;
}

function tell(
  state: OperationCarrierState,
  operation: ReportedOperation,
  context: OperationCarrierContext,
): void {
  // What was going on when the agent ended is among all that it hears then.
  if (!state.ready) return;
  const { total } = state;
  context.send(context.options.agent, { type: 'operationSettled', operation, total });
  forward(state, operation, context);
}

/** Sends what came of it on its way, and sets the alarm for sending it again. */
function forward(
  state: OperationCarrierState,
  operation: ReportedOperation,
  context: OperationCarrierContext,
  delayMs = context.options.retryDelayMsMin,
): void {
  const { operationUuid, status } = operation;
  if (state.paused || status.updateId === undefined) return;
  stopTimer(state, operationUuid, context);
  context.send(context.options.agent, { type: 'forwardOperation', operation });
  const timer = context.sendSelfAfter(delayMs, { type: 'retry', operationUuid, delayMs });
  state.timers.set(operationUuid, timer);
}

function forget(
  state: OperationCarrierState,
  operationUuid: OperationUuid,
  context: OperationCarrierContext,
): void {
  state.operations.delete(operationUuid);
  stopTimer(state, operationUuid, context);
  state.changed = true;
}

function stopTimer(
  { timers }: OperationCarrierState,
  operationUuid: OperationUuid,
  context: OperationCarrierContext,
): void {
  const timer = timers.get(operationUuid);
  if (timer !== undefined) context.cancel(timer);
  timers.delete(operationUuid);
}

function write(
  state: OperationCarrierState,
  writing: NonNullable<OperationCarrierState['writing']>,
  context: OperationCarrierContext,
): void {
  state.busy = true;
  state.writing = writing;
  state.changed = false;
  const { total, operations, doing } = state;
  const text = textOf({
    resources: keptOf(total),
    operations: [...operations.values()],
    ...(doing && { before: keptOf(doing.before) }),
  });
  context.defer(context.options.store.replace(text), {
    onValue: () => ({ type: 'written' }),
    onError: (error) => ({ type: 'notWritten', error }),
  });
}

function recordOf({ status: _, ...record }: ReportedOperation): OperationRecord {
  return record;
}

function failed(error: unknown): OperationStatus {
  return { state: 'failed', message: describeError(error) };
}

function fail(error: unknown, context: OperationCarrierContext): void {
  const { agent, store } = context.options;
  const remedy = error instanceof Error && 'remedy' in error ? String(error.remedy) : undefined;
  const cause =
    remedy === undefined
      ? `Cannot write "${store.path}": ${describeError(error)}; look after the disk and start the agent again`
      : `${describeError(error)}; ${remedy}`;
  context.send(agent, { type: 'resourcesFailed', cause });
}
