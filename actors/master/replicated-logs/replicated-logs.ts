/**
 * The replicated logs of frameworks, as one master's node knows them: which there are, and a seat for
 * each (`log-seat.ts`).
 *
 *     client ──createLog, removeLog──▶ here, where the leading master is ──write──▶ registry
 *     registry ──registryKnown──▶ a seat is opened for each log that is new, and closed where one is gone
 *     client ──anything about one log──▶ its seat
 *
 * Which logs there are stands in the registry, so every master knows sooner or later. What was
 * asked here and can be answered elsewhere only is answered by where that is.
 */

import type { Disk } from '../../../consensus/disk.ts';
import type { ReplicaTimings } from '../../../consensus/replica-state.ts';
import { type Address, type Context, defineActor } from '../../../runtime/actor.ts';
import { sameAddress } from '../../../runtime/address.ts';
import { assert } from '../../../runtime/assert.ts';
import { describeError } from '../../../runtime/errors.ts';
import type { ReplicatedLogErrorCode } from '../../protocol/replicated-log-errors.ts';
import {
  acceptsLogRequest,
  LOGS_MAX,
  type LogRequest,
  logNameFault,
  REPLICATED_LOGS_NAME,
} from '../../protocol/replicated-logs.ts';
import type { LogOperation, ReplicatedLog } from '../registry/log-operations.ts';
import type { RegistryStoreMessage } from '../registry/store.ts';
import { logDirectory } from './log-directory.ts';
import { logSeat } from './log-seat.ts';
import type { FromStoreToLogs, LogDirectories, LogsMessage } from './logs-messages.ts';
import type { SeatMessage, SeatPlace, SeatRequest } from './seat-state.ts';

export interface ReplicatedLogsOptions {
  readonly keeper: LogsKeeper;
  readonly timings?: ReplicaTimings;
}

export type LogsKeeper =
  /** With the other masters, each on its disk. */
  | {
      readonly kind: 'disk';
      /** Of the registry: that a log was begun here is noted beside it. */
      readonly disk: Disk;
      readonly directories: LogDirectories;
      readonly store: Address<RegistryStoreMessage>;
    }
  /** Alone, for as long as this process lives. */
  | { readonly kind: 'memory' }
  /** Not at all: all is refused, with this sentence. */
  | { readonly kind: 'nobody'; readonly sentence: string };

interface LogsState {
  known: Extract<FromStoreToLogs, { readonly type: 'registryKnown' }> | undefined;
  /** Those of a memory alone. */
  logs: readonly ReplicatedLog[];
  /** By log id; undefined where it has crashed, which only another process mends. */
  readonly seats: Map<string, Address<SeatMessage> | undefined>;
  /** Seats of logs that are no more, until they have ended. */
  readonly closing: Map<string, Address<SeatMessage>>;
  /** What was asked for and is on its way to the registry. */
  readonly writes: Map<number, LogRequest>;
  nextNumber: number;
}

type LogsContext = Context<ReplicatedLogsOptions, LogsMessage>;

/** Changes of which logs there are, on their way; who asks for more asks again. */
const WRITES_MAX = 100;

export const replicatedLogs = defineActor<ReplicatedLogsOptions, LogsState, LogsMessage>({
  name: REPLICATED_LOGS_NAME,
  initialState: () => ({
    known: undefined,
    logs: [],
    seats: new Map(),
    closing: new Map(),
    writes: new Map(),
    nextNumber: 1,
  }),
  handlers: {
    createLog(state, request, context) {
      const { name } = request;
      const fault = logNameFault(name);
      if (fault !== undefined) {
        refuse(request, 'logNameInvalid', `Cannot create log "${name}": ${fault}`, context);
      } else if (isLeading(state, request, context)) create(state, request, context);
    },

    removeLog(state, request, context) {
      if (!isLeading(state, request, context)) return;
      // Also where there is none: only who can write knows that.
      const logId = logOf(state, request.name)?.logId ?? '';
      write(state, { type: 'removeLog', logId }, request, context);
    },

    listLogs(state, request, context) {
      if (!isLeading(state, request, context)) return;
      const logs = state.logs.map(({ name, logId }) => ({ name, logId }));
      context.send(request.replyTo, { type: 'logsListed', number: request.number, logs });
    },

    describeLog: pass,
    beginWriting: pass,
    appendToLog: pass,
    truncateLog: pass,
    readLog: pass,

    registryKnown(state, known, context) {
      const before = state.known;
      state.known = known;
      state.logs = known.logs;
      settle(state, context);
      if (before?.masters === known.masters) return;
      for (const seat of state.seats.values()) {
        if (seat !== undefined) {
          context.send(seat, { type: 'mastersChanged', masters: known.masters });
        }
      }
    },

    registryCaughtUp({ logs, seats, closing }, _, context) {
      const { keeper } = context.options;
      if (keeper.kind !== 'disk') return;
      try {
        for (const logId of keeper.directories.list()) {
          const isHere = seats.has(logId) || closing.has(logId);
          if (isHere || logs.some((log) => log.logId === logId)) continue;
          context.log.info('Removing what is left of a log that was removed', { logId });
          logDirectory(logId, keeper.directories, keeper.disk).remove();
        }
      } catch (error) {
        context.log.warn(`Cannot remove what is left of a log: ${describeError(error)}`);
      }
    },

    written({ writes }, { writeNumber, refusals }, context) {
      const request = writes.get(writeNumber);
      writes.delete(writeNumber);
      if (request === undefined) return;
      const [refused] = refusals;
      if (refused === undefined) done(request, context);
      else refuse(request, 'logsTooMany', refused, context);
    },

    writeFailed(state, { writeNumber, sentence }, context) {
      const request = state.writes.get(writeNumber);
      state.writes.delete(writeNumber);
      if (request !== undefined) retry(state, request, sentence, context);
    },

    exited({ seats, closing }, { address }, context) {
      for (const [logId, seat] of closing) {
        if (sameAddress(seat, address)) closing.delete(logId);
      }
      for (const [logId, seat] of seats) {
        if (seat === undefined || !sameAddress(seat, address)) continue;
        seats.set(logId, undefined);
        context.log.error('This master takes no part in a log until it is started again', {
          logId,
        });
      }
    },
  },
  accepts: acceptsLogRequest,
  inspect: ({ known, logs, seats, writes }) => ({
    leader: known?.leader,
    logs: logs.map(({ name, logId }) => ({ name, logId, isHere: seats.get(logId) !== undefined })),
    pendingWriteCount: writes.size,
  }),
});

function pass(state: LogsState, request: SeatRequest, context: LogsContext): void {
  const { name } = request;
  const log = logOf(state, name);
  const seat = log === undefined ? undefined : state.seats.get(log.logId);
  if (seat !== undefined) context.send(seat, request);
  else if (log !== undefined) {
    retry(state, request, 'this master takes no part in the log', context, false);
  } else if (isLeading(state, request, context)) {
    refuse(request, 'logUnknown', `Cannot find log "${name}": there is none`, context);
  }
}

/** Only the master that leads says which logs there are. The others say where it is. */
function isLeading(state: LogsState, request: LogRequest, context: LogsContext): boolean {
  const { keeper } = context.options;
  if (keeper.kind === 'nobody') {
    refuse(request, 'logsNotKept', keeper.sentence, context);
    return false;
  }
  if (keeper.kind === 'memory' || state.known?.epoch !== undefined) return true;
  retry(state, request, 'this master does not lead', context);
  return false;
}

/** Also where there is one of this name: who believes to lead may be behind, but writes nothing then. */
function create(state: LogsState, request: LogRequest, context: LogsContext): void {
  const { name } = request;
  const { known } = state;
  const logId = context.uuid();
  const masters = known?.masters;
  const founders = (masters?.voters ?? []).flatMap((memberId) => {
    const node = masters?.addresses[String(memberId)];
    return node === undefined ? [] : [{ memberId, node }];
  });
  const clusterId = known?.identity.clusterId ?? '';
  const log: ReplicatedLog = { name, logId, clusterId, founders };
  write(state, { type: 'createLog', log }, request, context);
}

function write(
  state: LogsState,
  operation: LogOperation,
  request: LogRequest,
  context: LogsContext,
): void {
  const { keeper } = context.options;
  if (keeper.kind !== 'disk') {
    remember(state, operation, request, context);
    return;
  }
  const { known, writes } = state;
  assert(known?.epoch !== undefined, 'only who leads writes');
  if (writes.size >= WRITES_MAX) {
    retry(state, request, 'too many changes are on their way', context, false);
    return;
  }
  const writeNumber = state.nextNumber++;
  writes.set(writeNumber, request);
  context.send(keeper.store, {
    type: 'write',
    epoch: known.epoch,
    writeNumber,
    operations: [operation],
    replyTo: context.self,
  });
}

/** Without a registry that others have: what is wanted is so. */
function remember(
  state: LogsState,
  operation: LogOperation,
  request: LogRequest,
  context: LogsContext,
): void {
  const isThere = operation.type === 'createLog' && logOf(state, operation.log.name) !== undefined;
  if (isThere) {
    done(request, context);
    return;
  }
  if (operation.type === 'removeLog') {
    state.logs = state.logs.filter(({ logId }) => logId !== operation.logId);
  } else if (state.logs.length >= LOGS_MAX) {
    const sentence = `Cannot create log "${operation.log.name}": there are ${state.logs.length}, and may be at most ${LOGS_MAX}`;
    refuse(request, 'logsTooMany', sentence, context);
    return;
  } else state.logs = [...state.logs, operation.log];
  settle(state, context);
  done(request, context);
}

/** A seat for each log, and for no other. */
function settle(state: LogsState, context: LogsContext): void {
  const { logs, seats, closing } = state;
  for (const [logId, seat] of seats) {
    if (logs.some((log) => log.logId === logId)) continue;
    seats.delete(logId);
    if (seat === undefined) continue;
    closing.set(logId, seat);
    context.send(seat, { type: 'discard' });
  }
  for (const log of logs) {
    if (seats.has(log.logId)) continue;
    const { timings } = context.options;
    const options = {
      ...{ log, node: context.self.node, place: placeOf(state, log.logId, context) },
      ...(timings === undefined ? {} : { timings }),
    };
    const seat = context.spawn(logSeat, options, {
      name: `replicated-log-${log.logId}`,
      onCrash: 'stop',
    });
    context.link(seat);
    seats.set(log.logId, seat);
  }
}

function placeOf({ known }: LogsState, logId: string, context: LogsContext): SeatPlace {
  const { keeper } = context.options;
  if (keeper.kind !== 'disk') return { kind: 'memory' };
  assert(known !== undefined, 'which logs there are is told with who this master is');
  const { directories, disk } = keeper;
  const { identity, masters } = known;
  return { kind: 'disk', ...identity, masters, directory: logDirectory(logId, directories, disk) };
}

function logOf({ logs }: LogsState, name: string): ReplicatedLog | undefined {
  return logs.find((log) => log.name === name);
}

function done({ replyTo, number }: LogRequest, context: LogsContext): void {
  context.send(replyTo, { type: 'logDone', number, position: 0 });
}

function refuse(
  { replyTo, number }: LogRequest,
  code: ReplicatedLogErrorCode,
  sentence: string,
  context: LogsContext,
): void {
  context.send(replyTo, { type: 'logRefused', number, code, sentence });
}

/** @param byLeader the master that leads can answer it */
function retry(
  { known }: LogsState,
  { replyTo, number }: LogRequest,
  reason: string,
  context: LogsContext,
  byLeader = true,
): void {
  const leader = known?.leader;
  const elsewhere =
    !byLeader || leader === undefined || leader === context.self.node ? {} : { leader };
  context.send(replyTo, { type: 'logRetry', number, reason, ...elsewhere });
}
