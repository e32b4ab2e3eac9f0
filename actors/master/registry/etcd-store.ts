/**
 * The registry store that the masters keep in an etcd, for those who already run one.
 *
 *     mastership, registrar ──▶ etcd-store ──▶ (port) etcd ◀── those of other masters
 *                                  ├─ etcd-session: its lease, and its place among the candidates
 *                                  ├─ etcd-saving: a snapshot, now and then
 *                                  └─ etcd-members: `messor masters`
 *
 * Who makes the key of the leader is elected; it is bound to a lease, so etcd removes it when a leader
 * is gone. Writes are entries of a log, and etcd itself refuses those of a deposed leader: see
 * `etcd-questions.ts`. Those that follow read the log as well, so whoever is elected knows it already.
 * Source: etcd 3.4, clientv3/concurrency/election.go; Documentation/learning/why.md.
 */

import { HOST_NAME } from '../../../consensus/host-messages.ts';
import { defineActor } from '../../../runtime/actor.ts';
import { REPLICATED_LOGS_NAME } from '../../protocol/replicated-logs.ts';
import { replicatedLogs } from '../replicated-logs/replicated-logs.ts';
import { etcdMembers, membersHandlers } from './etcd-members.ts';
import { readingHandlers } from './etcd-reading.ts';
import { etcdSession } from './etcd-session.ts';
import {
  ETCD_STORE_DEFAULTS,
  type EtcdStoreMessage,
  type EtcdStoreOptions,
  type EtcdStoreState,
  emptyEtcdStoreState,
} from './etcd-state.ts';
import { lookNow, watchingHandlers } from './etcd-watching.ts';
import { writesHandlers } from './etcd-writes.ts';
import type { RegistryStoreOptions, StartRegistryStore } from './store.ts';

/** An etcd holds a few gigabytes and compacts what it likes: no place for logs of frameworks. */
const NO_LOGS =
  'Cannot keep replicated logs: these masters have their registry in an etcd, and keep no logs themselves';

export const etcdStore = defineActor<EtcdStoreOptions, EtcdStoreState, EtcdStoreMessage>({
  name: 'registry-store',
  initialState: ({ cluster }) => emptyEtcdStoreState(cluster),
  started(state, context) {
    const {
      client,
      candidate,
      sessionTtlS: ttlS = ETCD_STORE_DEFAULTS.sessionTtlS,
    } = context.options;
    const store = context.self;
    state.sessionActor = context.spawn(
      etcdSession,
      { client, keys: state.keys, candidate, ttlS, store },
      { onCrash: 'escalate' },
    );
    context.spawn(etcdMembers, { store, place: client.place }, { name: HOST_NAME });
    const keeper = { kind: 'nobody', sentence: NO_LOGS } as const;
    context.spawn(replicatedLogs, { keeper }, { name: REPLICATED_LOGS_NAME });
    lookNow(state, context);
  },
  handlers: {
    ...watchingHandlers,
    ...writesHandlers,
    ...membersHandlers,
    ...readingHandlers,
  },
  inspect: ({ epoch, claim, leader, session, candidates, copy, writes, append, isSaving }) => ({
    epoch,
    claim,
    leader,
    session,
    candidateNodes: candidates.map(({ node }) => node),
    appliedIndex: copy.nextIndex - 1,
    head: copy.head,
    pendingWriteCount: writes.length + (append === undefined ? 0 : 1),
    isSaving,
    admittedCount: copy.registry.admitted.size,
    frameworkCount: copy.registry.frameworks.size,
  }),
});

/** A store in this etcd. */
export function startEtcdStore(
  options: Omit<EtcdStoreOptions, keyof RegistryStoreOptions>,
): StartRegistryStore {
  return (given, parent, settings) => parent.spawn(etcdStore, { ...options, ...given }, settings);
}
