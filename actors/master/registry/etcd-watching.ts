/**
 * Who leads, as an etcd says: looked at again and again, together with what is new in the log.
 *
 *     following ──the key is gone──▶ campaigning ──the key is ours──▶ beginning ──`recover` is kept──▶ leading
 *         ▲                                                                                            │
 *         └────── another key than ours, no key, no session any more, or it resigned ◀─────────────────┘
 *
 * There is one look at a time, and only a look decides: a campaign whose answer is lost is won all
 * the same when the next look finds our lease at the key.
 */
import { askEtcd } from './etcd-client.ts';
import { type EtcdFault, etcdError, faultOf } from './etcd-errors.ts';
import { campaign, look, release, type Seen, type SeenLeader } from './etcd-questions.ts';
import {
  complain,
  depose,
  ETCD_STORE_DEFAULTS,
  type EtcdStoreContext,
  type EtcdStoreHandlers,
  type EtcdStoreState,
  recovered,
  tellLeader,
} from './etcd-state.ts';
import { begin } from './etcd-writes.ts';

/** Of one endpoint, as are the others. */
const LOOK_TIMEOUT_MS = 2000;
const CAMPAIGN_TIMEOUT_MS = 2000;
/** Who resigned without naming anybody lets the others go first for so long. */
const RESIGNED_MS = 1000;
/** So long the others wait for whom the last leader has named. */
const SUCCESSOR_MS = 2000;

export const watchingHandlers: EtcdStoreHandlers<
  | 'resign'
  | 'sessionRenewed'
  | 'sessionEnded'
  | 'sessionFailing'
  | 'sessionRefused'
  | 'lookDue'
  | 'looked'
  | 'lookFailed'
  | 'campaigned'
  | 'released'
> = {
  resign(state, { node }, context) {
    resignTo(state, node, context);
  },

  sessionRenewed(state, { lease, untilMs }, context) {
    const isNew = state.session === undefined;
    recovered(state, 'session', context);
    state.session = { lease, untilMs };
    if (isNew) lookNow(state, context);
  },

  sessionEnded(state, { reason }, context) {
    state.session = undefined;
    state.releasing = undefined;
    depose(state, reason, context);
  },

  sessionFailing(state, { fault }, context) {
    if (fault.code !== 'etcdLeaseLost') complain(state, 'session', fault, context);
  },

  sessionRefused(_state, { sentence }, context) {
    context.log.error(sentence);
    context.stop();
  },

  lookDue(state, _message, context) {
    state.lookTimer = undefined;
    lookNow(state, context);
  },

  looked(state, { seen }, context) {
    state.isLooking = false;
    const fault = identityFault(state, seen, context);
    if (fault !== undefined) {
      complain(state, 'looking', fault, context);
      return;
    }
    recovered(state, 'looking', context);
    state.seenMs = context.nowMs();
    let isComplete: boolean;
    try {
      isComplete = state.copy.take(seen.head, seen.page);
    } catch (error) {
      complain(state, 'looking', faultOf(error), context);
      return;
    }
    state.candidates = seen.candidates;
    state.leader = seen.leader;
    if (seen.leader?.epoch !== undefined) state.leaderSeenMs = state.seenMs;
    tellMasters(state, context);
    follow(state, seen, isComplete, context);
    tellLeader(state, context);
    const isBehind = seen.page.wanted.kind !== 'nothing' && !isComplete;
    lookLater(state, isBehind ? 0 : intervalMs(context), context);
  },

  lookFailed(state, { fault }, context) {
    state.isLooking = false;
    complain(state, 'looking', fault, context);
    const { sessionTtlS = ETCD_STORE_DEFAULTS.sessionTtlS } = context.options;
    if (state.seenMs === undefined || context.nowMs() - state.seenMs > sessionTtlS * 1000) {
      state.leader = undefined;
      tellLeader(state, context);
    }
    lookLater(state, intervalMs(context), context);
  },

  campaigned(state, { fault }, context) {
    state.isCampaigning = false;
    if (fault === undefined) {
      recovered(state, 'campaign', context);
      lookNow(state, context);
      return;
    }
    if (fault.code === 'etcdLeaseLost') loseLease(state, context);
    else complain(state, 'campaign', fault, context);
  },

  released(state, { fault }, context) {
    state.isReleasing = false;
    if (fault === undefined) {
      recovered(state, 'campaign', context);
      lookNow(state, context);
    } else complain(state, 'campaign', fault, context);
  },
};

/** Does nothing when it doesn't lead. */
export function resignTo(
  state: EtcdStoreState,
  node: string | undefined,
  context: EtcdStoreContext,
): void {
  const { epoch, claim } = state;
  if (epoch === undefined || claim === undefined) return;
  depose(state, 'it resigned', context);
  state.releasing = { claim, successor: node };
  if (othersOf(state, context).length > 0) state.standBackUntilMs = context.nowMs() + RESIGNED_MS;
  releaseNow(state, context);
}

/** An etcd that is another one than before, or has forgotten something, is none to go on with. */
function identityFault(
  state: EtcdStoreState,
  { clusterId, revision }: Seen,
  context: EtcdStoreContext,
): EtcdFault | undefined {
  const { place } = context.options.client;
  state.etcdId ??= clusterId;
  const what =
    state.etcdId !== clusterId
      ? 'two different etcds answer there'
      : revision < state.revision
        ? `it is at revision ${revision} and was at ${state.revision}: an older copy of it was restored`
        : undefined;
  state.revision = revision;
  if (what === undefined) return undefined;
  return faultOf(etcdError('etcdForeign', `Cannot go on with ${place}: ${what}`));
}

export function lookNow(state: EtcdStoreState, context: EtcdStoreContext): void {
  if (state.isLooking) return;
  if (state.lookTimer !== undefined) context.cancel(state.lookTimer);
  state.lookTimer = undefined;
  state.isLooking = true;
  const { client, cluster } = context.options;
  // Who leads, or has an entry on its way, knows what comes next in the log better than a look.
  const isAhead = state.epoch !== undefined || state.append !== undefined;
  const question = look(state.keys, cluster, isAhead ? { kind: 'nothing' } : state.copy.wanted);
  context.defer(askEtcd(client, question, LOOK_TIMEOUT_MS), {
    onValue: (seen) => ({ type: 'looked', seen }),
    onError: (error) => ({ type: 'lookFailed', fault: faultOf(error) }),
  });
}

function lookLater(state: EtcdStoreState, delayMs: number, context: EtcdStoreContext): void {
  if (state.isLooking) return;
  if (state.lookTimer !== undefined) context.cancel(state.lookTimer);
  state.lookTimer = context.sendSelfAfter(delayMs, { type: 'lookDue' });
}

function follow(
  state: EtcdStoreState,
  { leader, successor }: Seen,
  isComplete: boolean,
  context: EtcdStoreContext,
): void {
  const { releasing, session } = state;
  const isReleased = releasing !== undefined && leader?.createRevision === releasing.claim.revision;
  if (isReleased) {
    releaseNow(state, context);
    return;
  }
  state.releasing = undefined;
  if (leader !== undefined && session !== undefined && leader.lease === session.lease) {
    haveKey(state, leader, isComplete, context);
    return;
  }
  const reason =
    leader === undefined
      ? 'somebody has removed its key in etcd'
      : `the master at ${leader.candidate.node} leads now`;
  depose(state, reason, context);
  if (leader !== undefined) state.successorSinceMs = undefined;
  else if (mayCampaign(state, successor, context)) campaignNow(state, context);
}

/** The key of the leader is bound to our lease. */
function haveKey(
  state: EtcdStoreState,
  { lease, createRevision: revision }: SeenLeader,
  isComplete: boolean,
  context: EtcdStoreContext,
): void {
  if (state.claim?.revision !== revision) {
    depose(state, 'somebody has removed its key in etcd', context);
    state.claim = { revision, lease };
  }
  state.successorSinceMs = undefined;
  // Nobody else can have written after this look, and it has read all that was written before. What
  // is still being saved would be taken for something left over: it is waited for.
  const isIdle = state.epoch === undefined && state.append === undefined && !state.isSaving;
  if (isIdle && isComplete) begin(state, context);
}

function mayCampaign(
  state: EtcdStoreState,
  successor: string | undefined,
  context: EtcdStoreContext,
): boolean {
  const nowMs = context.nowMs();
  const { session, isCampaigning, append } = state;
  if (session === undefined || session.untilMs <= nowMs || isCampaigning) return false;
  // It could not begin before it has heard what became of its last write.
  if (append !== undefined) return false;
  if (successor === context.options.candidate.node) return true;
  if (othersOf(state, context).some(({ node }) => node === successor)) {
    state.successorSinceMs ??= nowMs;
    return nowMs - state.successorSinceMs > SUCCESSOR_MS;
  }
  return nowMs >= state.standBackUntilMs;
}

function campaignNow(state: EtcdStoreState, context: EtcdStoreContext): void {
  const { session, keys } = state;
  if (session === undefined) return;
  state.isCampaigning = true;
  const { client, candidate } = context.options;
  const question = campaign(keys, candidate, session.lease);
  context.defer(askEtcd(client, question, CAMPAIGN_TIMEOUT_MS), {
    onValue: () => ({ type: 'campaigned' }),
    onError: (error) => ({ type: 'campaigned', fault: faultOf(error) }),
  });
}

function releaseNow(state: EtcdStoreState, context: EtcdStoreContext): void {
  const { releasing, keys, isReleasing } = state;
  if (releasing === undefined || isReleasing) return;
  state.isReleasing = true;
  const question = release(keys, releasing.claim, releasing.successor);
  context.defer(askEtcd(context.options.client, question, CAMPAIGN_TIMEOUT_MS), {
    onValue: () => ({ type: 'released' }),
    onError: (error) => ({ type: 'released', fault: faultOf(error) }),
  });
}

function loseLease(state: EtcdStoreState, context: EtcdStoreContext): void {
  const { session, sessionActor } = state;
  if (session === undefined || sessionActor === undefined) return;
  context.send(sessionActor, { type: 'leaseLost', lease: session.lease });
}

function othersOf({ candidates }: EtcdStoreState, { options }: EtcdStoreContext) {
  return candidates.filter(({ node }) => node !== options.candidate.node);
}

/** Those that are there, and the others as soon as they are. */
function tellMasters(state: EtcdStoreState, context: EtcdStoreContext): void {
  const masters = state.candidates.map(({ node }) => node);
  const text = masters.join();
  if (masters.length === 0 || text === state.toldMasters) return;
  state.toldMasters = text;
  context.send(context.options.mastership, { type: 'mastersChanged', masters });
}

function intervalMs({ options }: EtcdStoreContext): number {
  return options.lookIntervalMs ?? ETCD_STORE_DEFAULTS.lookIntervalMs;
}
