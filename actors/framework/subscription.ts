/**
 * Subscription: finds a master and stays with it.
 *
 *     subscribing ──subscribed──▶ subscribed ──link broken, heartbeats missed──▶ subscribing
 *       └◀─subscribeDue─┘              └──subscriptionEnded, teardown, stop──▶ ended
 *
 * A try that nobody answers is repeated with the next master, ever more slowly; one that doesn't
 * lead says who does, now or when it learns (`masters.ts`). Only the master that answered is
 * listened to; when it is lost, everything it said about offers is void, and the
 * next one is asked about every task. Another one is watched meanwhile: it says so when the leader
 * stands still and has been succeeded.
 * Source: Mesos 1.11, src/sched/sched.cpp, and docs/high-availability-framework-guide.md.
 */
import type { AnyAddress, Exited } from '../../runtime/actor.ts';
import { address, sameAddress } from '../../runtime/address.ts';
import { type BackoffLimits, jitteredBackoffMs } from '../../runtime/backoff.ts';
import {
  MASTER_MISSING_AGAIN_MS,
  MASTER_MISSING_MS,
  masterMissingSentence,
} from '../protocol/master-search.ts';
import {
  foundLeader,
  lostLeader,
  type MasterSearch,
  mastersOf,
  nextMaster,
  redirected,
  succeeded,
  toldOfMasters,
} from '../protocol/masters.ts';
import { MASTER_NAME, type MasterMessage } from '../protocol/messages.ts';
import { reconcileAll, repair, sendDemand } from './repair.ts';
import type { DriverContext, DriverHandlers, DriverState, Turn } from './scheduler-state.ts';

export const subscriptionHandlers: DriverHandlers<
  | 'notLeader'
  | 'subscribed'
  | 'subscribeDue'
  | 'masterMissing'
  | 'sweepDue'
  | 'heartbeat'
  | 'subscriptionEnded'
  | 'exited'
> = {
  notLeader(state, message, turn) {
    if (state.phase === 'subscribed' && isFromKnownMaster(state, turn)) {
      const next = succeeded(state.search, message);
      if (next === undefined) state.search = toldOfMasters(state.search, message);
      else disconnect(state, turn, `the master at ${next.leader} leads now`, next);
      return;
    }
    if (state.phase !== 'subscribing' || !isFromSomeMaster(turn)) return;
    const { search, askNow } = redirected(state.search, message);
    state.search = search;
    state.unreachedCount = 0;
    if (askNow) subscribe(state, turn.context);
  },

  subscribed(state, message, turn) {
    const { frameworkId, master, heartbeatIntervalMs } = message;
    if (state.phase !== 'subscribing') {
      // The answer to a repeated try.
      isFromMaster(state, turn);
      return;
    }
    if (!isFromSomeMaster(turn)) return;
    const { context } = turn;
    const search = foundLeader(state.search, message);
    if (search === undefined) {
      context.log.warn('Ignoring a master that led before the one known now', {
        master: master.node,
        epoch: message.epoch,
      });
      return;
    }
    state.search = search;
    state.unreachedCount = 0;
    forgetAsked(state, context);
    const again = state.frameworkId !== undefined;
    cancelTry(state, context);
    state.phase = 'subscribed';
    state.frameworkId = frameworkId;
    state.master = master;
    state.heartbeatIntervalMs = heartbeatIntervalMs;
    state.heardMs = context.nowMs();
    context.link(master);
    watchAnother(state, context);
    context.log.info('Subscribed', { frameworkId, master: master.node });
    if (state.demandChanged) sendDemand(state, turn);
    // Who takes over knows no task yet, and one that was away may have missed some.
    reconcileAll(state, turn, again ? 'implicitly as well' : 'explicitly');
    startSweeping(state, turn);
    turn.emit({ type: 'subscribed', frameworkId, again });
  },

  subscribeDue(state, _message, turn) {
    state.subscribeTimer = undefined;
    if (state.phase === 'subscribing') subscribe(state, turn.context);
  },

  masterMissing(state, _message, { context }) {
    if (state.missing === undefined) return;
    const { sinceMs } = state.missing;
    context.log.warn(masterMissingSentence(mastersOf(state.search), context.nowMs() - sinceMs));
    const timer = context.sendSelfAfter(MASTER_MISSING_AGAIN_MS, { type: 'masterMissing' });
    state.missing = { sinceMs, timer };
  },

  sweepDue(state, _message, turn) {
    state.sweepTimer = undefined;
    if (state.phase !== 'subscribed') return;
    const { heartbeatIntervalMs, heardMs, timings } = state;
    const silentMs = turn.context.nowMs() - heardMs;
    if (silentMs > timings.missedHeartbeatCountMax * heartbeatIntervalMs) {
      disconnect(state, turn, `${timings.missedHeartbeatCountMax} heartbeats were missed`);
      return;
    }
    watchAnother(state, turn.context);
    repair(state, turn);
    startSweeping(state, turn);
  },

  heartbeat(state, _message, turn) {
    isFromMaster(state, turn);
  },

  subscriptionEnded(state, { message }, turn) {
    const heard = state.phase === 'subscribed' ? isFromMaster(state, turn) : isFromSomeMaster(turn);
    if (!heard || state.phase === 'ended') return;
    turn.context.log.warn('The master ended the subscription', { message });
    turn.emit({ type: 'ended', message });
    finish(state, turn.context);
  },

  exited(state, exited, turn) {
    const ours =
      exited.monitor === undefined &&
      state.master !== undefined &&
      sameAddress(exited.address, state.master);
    if (ours) disconnect(state, turn, `the link to the master broke (${exited.reason})`);
    else if (isOf(state.asked, exited)) askAnother(state, turn.context);
    else if (isOf(state.watched, exited)) state.watched = undefined;
    else turn.emit(exited);
  },
};

function isOf(master: AnyAddress | undefined, { address: gone, monitor }: Exited): boolean {
  return monitor === undefined && master !== undefined && sameAddress(gone, master);
}

/** Some other master than the one that leads, if there is one; which, is left to chance. */
function watchAnother(state: DriverState, context: DriverContext): void {
  if (state.watched !== undefined) return;
  const others = mastersOf(state.search).filter((node) => node !== state.master?.node);
  const node = others[Math.floor(context.random() * others.length)];
  if (node === undefined) return;
  state.watched = address<MasterMessage>(MASTER_NAME, node);
  context.link(state.watched);
  context.send(state.watched, { type: 'watchLeader', watcher: context.self });
}

function watchNobody(state: DriverState, context: DriverContext): void {
  if (state.watched !== undefined) context.unlink(state.watched);
  state.watched = undefined;
}

/** The one that was asked can't be reached. When none can, it takes its time. */
function askAnother(state: DriverState, context: DriverContext): void {
  state.asked = undefined;
  state.unreachedCount++;
  const others = state.unreachedCount < mastersOf(state.search).length;
  if (state.phase === 'subscribing' && others) subscribe(state, context);
}

function forgetAsked(state: DriverState, context: DriverContext): void {
  if (state.asked !== undefined) context.unlink(state.asked);
  state.asked = undefined;
}

/** Asks the next master. */
export function subscribe(state: DriverState, context: DriverContext): void {
  if (state.subscribeTimer !== undefined) context.cancel(state.subscribeTimer);
  forgetAsked(state, context);
  const { node, search } = nextMaster(state.search);
  state.search = search;
  state.asked = address<MasterMessage>(MASTER_NAME, node);
  context.link(state.asked);
  context.send(state.asked, {
    type: 'subscribe',
    scheduler: context.self,
    info: state.info,
    ...(state.frameworkId === undefined ? {} : { frameworkId: state.frameworkId }),
    suppressedRoles: [...state.suppressedRoles],
    demandNumber: state.demandNumber,
    ...(state.offerConstraints && { offerConstraints: state.offerConstraints }),
  });
  state.demandChanged = false;
  state.missing ??= {
    sinceMs: context.nowMs(),
    timer: context.sendSelfAfter(MASTER_MISSING_MS, { type: 'masterMissing' }),
  };
  const delayMs = jitteredBackoffMs(state.subscribeCount, subscribeBackoff(state), () =>
    context.random(),
  );
  state.subscribeCount += 1;
  state.subscribeTimer = context.sendSelfAfter(delayMs, { type: 'subscribeDue' });
}

/**
 * The master is lost: offers are void, and another one is looked for.
 * @param next where to turn to, if that is known
 */
function disconnect(state: DriverState, turn: Turn, reason: string, next?: MasterSearch): void {
  const { context } = turn;
  if (state.master !== undefined) {
    context.unlink(state.master);
    state.search = next ?? lostLeader(state.search, state.master.node);
  }
  watchNobody(state, context);
  stopSweeping(state, context);
  state.phase = 'subscribing';
  state.master = undefined;
  state.offers.clear();
  state.subscribeCount = 0;
  context.log.warn('Lost the master', { reason });
  const delayMs = context.random() * state.timings.resubscribeDelayMsMax;
  state.subscribeTimer = context.sendSelfAfter(delayMs, { type: 'subscribeDue' });
  turn.emit({ type: 'disconnected', reason });
}

/** Does what the logic wished by `teardown` or `stop`. What was sent before still leaves. */
export function leaveIfWished(state: DriverState, context: DriverContext): void {
  const { leaving, frameworkId, master } = state;
  if (leaving === undefined || state.phase === 'ended') return;
  if (leaving === 'teardown' && master !== undefined && frameworkId !== undefined) {
    context.send(master, { type: 'teardown', frameworkId });
  }
  finish(state, context);
}

function finish(state: DriverState, context: DriverContext): void {
  cancelTry(state, context);
  forgetAsked(state, context);
  watchNobody(state, context);
  stopSweeping(state, context);
  state.phase = 'ended';
  state.master = undefined;
  state.offers.clear();
  context.stop();
}

/** Whether the master that we are subscribed with said this; if so, it lives. */
export function isFromMaster(state: DriverState, { context }: Turn): boolean {
  const { master } = state;
  if (master === undefined) return false;
  const { sender } = context;
  const heard =
    sender === undefined ||
    (sender.node === master.node && (sender.name !== master.name || sameAddress(sender, master)));
  if (heard) state.heardMs = context.nowMs();
  return heard;
}

/** While none has answered yet, any master may. */
function isFromSomeMaster({ context: { sender } }: Turn): boolean {
  return sender === undefined || sender.name === MASTER_NAME;
}

/** Of our own master, or of another that we know of. */
function isFromKnownMaster(state: DriverState, turn: Turn): boolean {
  const { sender } = turn.context;
  if (isFromMaster(state, turn)) return true;
  return sender?.name === MASTER_NAME && mastersOf(state.search).includes(sender.node);
}

function cancelTry(state: DriverState, context: DriverContext): void {
  if (state.subscribeTimer !== undefined) context.cancel(state.subscribeTimer);
  state.subscribeTimer = undefined;
  if (state.missing !== undefined) context.cancel(state.missing.timer);
  state.missing = undefined;
}

function startSweeping(state: DriverState, { context }: Turn): void {
  state.sweepTimer = context.sendSelfAfter(state.timings.sweepIntervalMs, { type: 'sweepDue' });
}

function stopSweeping(state: DriverState, context: DriverContext): void {
  if (state.sweepTimer !== undefined) context.cancel(state.sweepTimer);
  state.sweepTimer = undefined;
}

/** Several tries must fit into the time after which the framework would be removed. */
function subscribeBackoff({ info, timings }: DriverState): BackoffLimits {
  const { subscribeDelayMsMin, subscribeDelayMsMax } = timings;
  const tenthMs = info.failoverTimeoutMs > 0 ? info.failoverTimeoutMs / 10 : subscribeDelayMsMax;
  const delayMsMax = Math.min(subscribeDelayMsMax, tenthMs);
  return { delayMsMin: Math.min(subscribeDelayMsMin, delayMsMax), delayMsMax };
}
