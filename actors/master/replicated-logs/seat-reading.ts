/**
 * What readers ask of a log. The leader makes sure that it still is one (ReadIndex), so that what was
 * acknowledged before the question is in the answer; then the entries are read from the group's log,
 * a page at a time.
 *
 * Who follows asks for entries that are still to come: that question is kept until there is one, or its
 * time is over. Nothing is sent that was not asked for, so who is slow never has more than a page on
 * its way, and goes on by reading.
 */
import { assert } from '../../../runtime/assert.ts';
import { LOG_PAGE_BYTES_MAX, type LogEntry, type LogPage } from '../../protocol/replicated-logs.ts';
import {
  answer,
  type Follower,
  retry,
  type SeatContext,
  type SeatHandlers,
  type SeatRequest,
  type SeatState,
} from './seat-state.ts';

/** Questions of one log that wait for the leader to be sure of itself; who asks more asks again. */
const READS_MAX = 1000;
/** Questions of one log for entries that are still to come; a further one is refused. */
const FOLLOWERS_MAX = 1000;

type Read = Extract<SeatRequest, { readonly type: 'readLog' }>;

export const readingHandlers: SeatHandlers<'readLog' | 'describeLog' | 'readable'> = {
  readLog(state, request, context) {
    ask(state, request, context);
  },

  describeLog(state, request, context) {
    ask(state, request, context);
  },

  readable(state, { number, refused }, context) {
    const request = state.reads.get(number);
    if (request === undefined) return;
    state.reads.delete(number);
    if (refused !== undefined) retry(state, request, refused, context);
    else if (request.type === 'describeLog') askReplica(state, request, context);
    else if (request.type === 'readLog') serve(state, request, context);
  },
};

/** Entries were applied: those who wait for them have them. */
export function serveFollowers(state: SeatState, context: SeatContext): void {
  for (const [key, { request }] of state.followers) {
    if (!hasNews(state, request)) continue;
    state.followers.delete(key);
    serve(state, request, context);
  }
}

/** Those whose time is over are answered by an empty page; who is gone is forgotten that way. */
export function endWaiting(state: SeatState, context: SeatContext): void {
  const nowMs = context.nowMs();
  for (const [key, { request, untilMs }] of state.followers) {
    if (untilMs > nowMs) continue;
    state.followers.delete(key);
    answer(request, { type: 'logPage', ...pageOf(state, request) }, context);
  }
}

/** The replica has said what is with it. */
export function describeToAll(state: SeatState, context: SeatContext): void {
  for (const request of state.descriptions.splice(0)) describe(state, request, context);
}

/** It doesn't lead any more. */
export function sendAllAway(state: SeatState, reason: string, context: SeatContext): void {
  const waiting = [...state.followers.values()].map(({ request }) => request);
  for (const request of [...state.reads.values(), ...state.descriptions, ...waiting]) {
    retry(state, request, reason, context);
  }
  state.followers.clear();
  state.descriptions.length = 0;
  state.reads.clear();
}

function ask(state: SeatState, request: SeatRequest, context: SeatContext): void {
  const { replica, reads, descriptions, leads } = state;
  if (replica === undefined || !leads) {
    retry(state, request, 'this master does not lead the log', context);
  } else if (reads.size + descriptions.length >= READS_MAX) {
    retry(state, request, 'too many reads wait', context);
  } else {
    const number = state.nextNumber++;
    reads.set(number, request);
    context.send(replica, { type: 'read', number, replyTo: context.self });
  }
}

function serve(state: SeatState, request: Read, context: SeatContext): void {
  const { from, waitMs = 0, name } = request;
  const { beginning } = state.machine;
  if (from > 0 && from < beginning) {
    const sentence = `Cannot read log "${name}" from position ${from}: it begins with ${beginning}`;
    answer(request, { type: 'logRefused', code: 'logTruncated', sentence }, context);
    return;
  }
  if (waitMs === 0 || hasNews(state, request)) {
    answer(request, { type: 'logPage', ...pageOf(state, request) }, context);
  } else if (state.followers.size >= FOLLOWERS_MAX) {
    const sentence = `Cannot follow log "${name}": ${state.followers.size} follow it already`;
    answer(request, { type: 'logRefused', code: 'logFollowersTooMany', sentence }, context);
  } else {
    const follower: Follower = { request, untilMs: context.nowMs() + waitMs };
    state.followers.set(state.nextNumber++, follower);
  }
}

function hasNews({ machine }: SeatState, { from }: Read): boolean {
  return machine.ending >= Math.max(from, machine.beginning);
}

function pageOf({ machine, reader }: SeatState, { from, to }: Read): LogPage {
  assert(reader !== undefined, 'who leads has a log');
  const { beginning, ending } = machine;
  const last = Math.min(ending, to ?? ending);
  const entries: LogEntry[] = [];
  let next = Math.max(from, beginning, reader.firstIndex());
  let bytes = 0;
  while (next <= last && bytes < LOG_PAGE_BYTES_MAX) {
    const some = reader.entries(next, last + 1, LOG_PAGE_BYTES_MAX - bytes);
    assert(some !== undefined, 'what was not given up is in the log');
    for (const entry of some) {
      next = entry.index + 1;
      bytes += entry.kind === 'operation' ? entry.data.length : 0;
      const data = entry.kind === 'operation' ? machine.dataAt(entry) : undefined;
      if (data !== undefined) entries.push({ position: entry.index, data });
    }
    if (entries.length > 0) break;
  }
  return { entries, next, beginning, ending };
}

/** Who keeps the log, and who of them is heard of, is known to its replica alone, and changes. */
function askReplica(state: SeatState, request: SeatRequest, context: SeatContext): void {
  const { descriptions, replica } = state;
  if (context.options.place.kind === 'memory') describe(state, request, context);
  else if (replica !== undefined) {
    descriptions.push(request);
    context.send(replica, { type: 'describeReplica', replyTo: context.self });
  }
}

function describe(state: SeatState, request: SeatRequest, context: SeatContext): void {
  const { machine, status, followers } = state;
  const { log, node } = context.options;
  const { writer, beginning, ending, heldBytes } = machine;
  const members = Object.entries(status?.membership.addresses ?? { 1: node }).map(([id, at]) => ({
    node: at,
    votes: status?.membership.voters.includes(Number(id)) ?? true,
    isActive:
      at === node ||
      (status?.progress.some((one) => one.memberId === Number(id) && one.isActive) ?? false),
  }));
  const description = {
    ...{ name: log.name, logId: log.logId, leader: node, beginning, ending, members },
    bytes: heldBytes,
    followerCount: followers.size,
    ...(writer === undefined ? {} : { writer: { epoch: writer.epoch, holder: writer.holder } }),
  };
  answer(request, { type: 'logDescription', description }, context);
}
