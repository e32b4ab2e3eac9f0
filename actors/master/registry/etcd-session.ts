/**
 * The session of a master with an etcd: a lease that it keeps alive, and its place among the
 * candidates, bound to that lease.
 *
 *     seeking ──lease granted──▶ entering ──its place is free──▶ there ──┐
 *        ▲                          │  └─(another has it)─▶ waits        │
 *        └────────── ended: not renewed in time, or etcd knows it no more┘
 *
 * A lease is counted from the moment when its renewal was asked for, by this machine's own clock,
 * and ends here a little earlier than in etcd. So who was cut off is deposed before another is elected.
 */
import { type Address, type Context, defineActor, type TimerId } from '../../../runtime/actor.ts';
import { askEtcd, type EtcdClient } from './etcd-client.ts';
import { type EtcdFault, faultOf } from './etcd-errors.ts';
import type { EtcdKeys } from './etcd-keys.ts';
import { enter, grant, keepAlive, revoke } from './etcd-questions.ts';
import type { Candidate } from './leader.ts';

/** Of a lease's time, what we count on: clocks do not run at quite the same speed. */
const SAFE_SHARE = 0.9;
/** A lease is renewed so often while it lives. */
const RENEWALS_PER_LEASE = 5;
/**
 * So long one endpoint is waited for, as a share of a lease's time: etcd elects a leader within 2 s,
 * and a lease should outlive that although members wait for the old one first.
 */
const RENEWAL_TIMEOUT_SHARE = 0.1;
const RENEWAL_TIMEOUT_MS_MIN = 300;
/** A lease, and what is bound to it, is written to etcd's disks. */
const WRITE_TIMEOUT_MS = 2000;
/** Between two attempts, as a share of a lease's time. */
const RETRY_SHARE = 0.02;
/** Who has our place is another process if it stays there for so many times as long as a lease. */
const PLACE_TAKEN_SHARE = 3;

export type SessionMessage =
  /** From the store: etcd says that there is no such lease. Dropped when it is an earlier one. */
  | { readonly type: 'leaseLost'; readonly lease: string }
  /** From ourselves. */
  | { readonly type: 'grantDue' }
  | {
      readonly type: 'granted';
      readonly lease: string;
      readonly ttlS: number;
      readonly askedMs: number;
    }
  | { readonly type: 'notGranted'; readonly fault: EtcdFault }
  | { readonly type: 'enterDue'; readonly lease: string }
  | { readonly type: 'entered'; readonly lease: string; readonly holder: Holder | undefined }
  | { readonly type: 'notEntered'; readonly lease: string; readonly fault: EtcdFault }
  | { readonly type: 'renewDue'; readonly lease: string }
  | {
      readonly type: 'renewed';
      readonly lease: string;
      readonly ttlS: number | undefined;
      readonly askedMs: number;
    }
  | { readonly type: 'notRenewed'; readonly lease: string; readonly fault: EtcdFault }
  | { readonly type: 'leaseOver'; readonly lease: string };

interface Holder {
  readonly lease: string;
  readonly masterId: string;
}

export type FromSessionToStore =
  /** It is there, until then by this machine's clock unless it is renewed. */
  | { readonly type: 'sessionRenewed'; readonly lease: string; readonly untilMs: number }
  /** Until then it may have led; now it must not. */
  | { readonly type: 'sessionEnded'; readonly reason: string }
  | { readonly type: 'sessionFailing'; readonly fault: EtcdFault }
  /** Somebody else has its place. Final. */
  | { readonly type: 'sessionRefused'; readonly sentence: string };

export interface SessionOptions {
  readonly client: EtcdClient;
  readonly keys: EtcdKeys;
  readonly candidate: Candidate;
  readonly ttlS: number;
  readonly store: Address<FromSessionToStore>;
}

interface Session {
  readonly lease: string;
  readonly ttlMs: number;
  untilMs: number;
  isThere: boolean;
  overTimer: TimerId;
  /** Another had our place already then. */
  takenSinceMs: number | undefined;
}

interface SessionState {
  session: Session | undefined;
}

type SessionContext = Context<SessionOptions, SessionMessage>;

export const etcdSession = defineActor<SessionOptions, SessionState, SessionMessage>({
  name: 'etcd-session',
  initialState: () => ({ session: undefined }),
  started(_state, context) {
    seek(context);
  },
  handlers: {
    grantDue(_state, _message, context) {
      seek(context);
    },

    granted(state, { lease, ttlS, askedMs }, context) {
      const ttlMs = ttlS * 1000;
      const untilMs = askedMs + ttlMs * SAFE_SHARE;
      const overTimer = overAt(untilMs, lease, context);
      state.session = { lease, ttlMs, untilMs, isThere: false, overTimer, takenSinceMs: undefined };
      enterNow(lease, context);
      context.sendSelfAfter(ttlMs / RENEWALS_PER_LEASE, { type: 'renewDue', lease });
    },

    notGranted(_state, { fault }, context) {
      context.send(context.options.store, { type: 'sessionFailing', fault });
      context.sendSelfAfter(retryMs(context), { type: 'grantDue' });
    },

    enterDue(state, { lease }, context) {
      if (state.session?.lease === lease) enterNow(lease, context);
    },

    entered({ session }, { lease, holder }, context) {
      if (session?.lease !== lease) return;
      if (holder?.lease === lease) {
        session.isThere = true;
        tell(session, context);
        return;
      }
      const { candidate, store } = context.options;
      const nowMs = context.nowMs();
      session.takenSinceMs ??= nowMs;
      if (nowMs - session.takenSinceMs > PLACE_TAKEN_SHARE * session.ttlMs) {
        const sentence =
          `Another master runs as ${candidate.node} in this cluster (${holder?.masterId}); give each ` +
          'its own address with --advertise-address and --port, or each cluster its own name with --cluster';
        context.send(store, { type: 'sessionRefused', sentence });
        return;
      }
      context.sendSelfAfter(retryMs(context), { type: 'enterDue', lease });
    },

    notEntered({ session }, { lease, fault }, context) {
      if (session?.lease !== lease) return;
      context.send(context.options.store, { type: 'sessionFailing', fault });
      context.sendSelfAfter(retryMs(context), { type: 'enterDue', lease });
    },

    renewDue({ session }, { lease }, context) {
      if (session?.lease !== lease) return;
      const { client } = context.options;
      const askedMs = context.nowMs();
      const timeoutMs = Math.max(RENEWAL_TIMEOUT_MS_MIN, session.ttlMs * RENEWAL_TIMEOUT_SHARE);
      context.defer(askEtcd(client, keepAlive(lease), timeoutMs), {
        onValue: (ttlS) => ({ type: 'renewed', lease, ttlS, askedMs }),
        onError: (error) => ({ type: 'notRenewed', lease, fault: faultOf(error) }),
      });
    },

    renewed(state, { lease, ttlS, askedMs }, context) {
      const { session } = state;
      if (session?.lease !== lease) return;
      if (ttlS === undefined) {
        end(state, 'etcd has ended its lease', context);
        return;
      }
      session.untilMs = askedMs + ttlS * 1000 * SAFE_SHARE;
      context.cancel(session.overTimer);
      session.overTimer = overAt(session.untilMs, lease, context);
      if (session.isThere) tell(session, context);
      const dueMs = askedMs + session.ttlMs / RENEWALS_PER_LEASE - context.nowMs();
      context.sendSelfAfter(Math.max(0, dueMs), { type: 'renewDue', lease });
    },

    notRenewed({ session }, { lease, fault }, context) {
      if (session?.lease !== lease) return;
      context.send(context.options.store, { type: 'sessionFailing', fault });
      context.sendSelfAfter(retryMs(context), { type: 'renewDue', lease });
    },

    leaseOver(state, { lease }, context) {
      if (state.session?.lease !== lease) return;
      end(state, 'it could not renew its lease in etcd in time', context);
    },

    leaseLost(state, { lease }, context) {
      if (state.session?.lease === lease) end(state, 'etcd has ended its lease', context);
    },
  },
  /** Who ends in order doesn't make the others wait. */
  stopped({ session }, { options }) {
    if (session !== undefined) giveBack(session.lease, options);
  },
  inspect: ({ session }) => ({
    lease: session?.lease,
    untilMs: session?.untilMs,
    isThere: session?.isThere ?? false,
  }),
});

function seek(context: SessionContext): void {
  const { client, ttlS } = context.options;
  const askedMs = context.nowMs();
  context.defer(askEtcd(client, grant(ttlS), WRITE_TIMEOUT_MS), {
    onValue: (granted) => ({ type: 'granted', ...granted, askedMs }),
    onError: (error) => ({ type: 'notGranted', fault: faultOf(error) }),
  });
}

function enterNow(lease: string, context: SessionContext): void {
  const { client, keys, candidate } = context.options;
  const question = enter(keys, candidate, lease);
  context.defer(askEtcd(client, question, WRITE_TIMEOUT_MS), {
    onValue: (holder) => ({ type: 'entered', lease, holder }),
    onError: (error) => ({ type: 'notEntered', lease, fault: faultOf(error) }),
  });
}

function end(state: SessionState, reason: string, context: SessionContext): void {
  const { session } = state;
  if (session === undefined) return;
  state.session = undefined;
  context.cancel(session.overTimer);
  context.send(context.options.store, { type: 'sessionEnded', reason });
  giveBack(session.lease, context.options);
  seek(context);
}

/** For the others' sake. If it doesn't arrive, the lease ends by itself. */
function giveBack(lease: string, { client }: SessionOptions): void {
  const { path, body } = revoke(lease);
  client.tell(path, JSON.stringify(body));
}

function tell({ lease, untilMs }: Session, context: SessionContext): void {
  context.send(context.options.store, { type: 'sessionRenewed', lease, untilMs });
}

function overAt(untilMs: number, lease: string, context: SessionContext): TimerId {
  const leftMs = Math.max(0, untilMs - context.nowMs());
  return context.sendSelfAfter(leftMs, { type: 'leaseOver', lease });
}

function retryMs({ options }: SessionContext): number {
  return options.ttlS * 1000 * RETRY_SHARE;
}
