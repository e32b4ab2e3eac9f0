/**
 * The host: a node's part in a group that keeps a log. It finds or founds the cluster, opens the
 * directory of this member, runs the replica, and sees to who belongs to the group.
 *
 *     seeking ──founds it, or is invited──▶ member ──sentAway──▶ (ends)
 *
 *     formation (pure), host-seeking, founding: how it begins     host-members: who belongs to it
 *
 * It ends, and its owner with it, when the directory can't be used or was somebody else's.
 */
import { defineActor } from '../runtime/actor.ts';
import { sameAddress } from '../runtime/address.ts';
import { readIdentity, removeIdentity } from './directory-identity.ts';
import { isFoundingUnfinished } from './founding.ts';
import { changeHandlers } from './host-changes.ts';
import { memberHandlers } from './host-members.ts';
import { acceptsHostMessage, HOST_NAME, type HostMessage } from './host-messages.ts';
import { giveUp, openStorage, startReplica } from './host-opening.ts';
import { seekingHandlers } from './host-seeking.ts';
import {
  type HostContext,
  type HostHandlers,
  type HostOptions,
  type HostState,
  MAINTAIN_INTERVAL_MS,
} from './host-state.ts';
import { wishHandlers } from './host-wishes.ts';
import { storageError } from './storage-errors.ts';

const lifeHandlers: HostHandlers<
  | 'maintainDue'
  | 'sentAway'
  | 'roleChanged'
  | 'membershipChanged'
  | 'applied'
  | 'replicaReady'
  | 'exited'
> = {
  maintainDue({ storage }, _, context) {
    storage?.maintain();
    context.sendSelfAfter(MAINTAIN_INTERVAL_MS, { type: 'maintainDue' });
  },

  sentAway({ identity }, { reason, clusterId }, context) {
    if (identity === undefined) return;
    if (clusterId === undefined || clusterId === identity.clusterId) {
      context.send(context.options.owner, { type: 'hostSentAway', reason });
    } else {
      giveUp(storageError('logOfOtherCluster', reason), context);
    }
  },

  roleChanged(state, message, context) {
    if (message.role !== 'leader') state.leadsSinceMs = undefined;
    else state.leadsSinceMs ??= context.nowMs();
    if (state.replica !== undefined) {
      context.send(state.replica, { type: 'describeReplica', replyTo: context.self });
    }
    context.send(context.options.owner, message);
  },

  membershipChanged(state, message, context) {
    const { identity } = state;
    const { node, disk } = context.options;
    const place = message.membership.addresses[String(identity?.memberId)];
    if (place !== undefined && place !== node) {
      // The others know this member at another place, and would believe nothing that it says.
      const sentence = `Cannot use the log in "${disk.path}": it is that of the master at ${place}, and this one is at ${node}`;
      giveUp(storageError('logOfOtherMember', sentence), context);
      return;
    }
    if (state.replica !== undefined) {
      context.send(state.replica, { type: 'describeReplica', replyTo: context.self });
    }
    context.send(context.options.owner, message);
  },

  applied(_, message, context) {
    context.send(context.options.owner, message);
  },

  replicaReady(_, message, context) {
    context.send(context.options.owner, message);
  },

  exited(state, { address }, context) {
    if (state.replica !== undefined && sameAddress(address, state.replica)) context.stop();
  },
};

export const host = defineActor<HostOptions, HostState, HostMessage>({
  name: HOST_NAME,
  initialState: () => ({
    seeking: undefined,
    identity: undefined,
    storage: undefined,
    replica: undefined,
    status: undefined,
    greetedMs: 0,
    asking: new Set(),
    wishes: [],
    leadsSinceMs: undefined,
    changes: new Map(),
    nextChangeNumber: 1,
  }),
  started(state, context) {
    const identity = known(context);
    if (identity === 'unusable') return;
    if (identity !== undefined) {
      if (openStorage(state, identity, context)) startReplica(state, context);
      return;
    }
    const { node, nodes } = context.options;
    state.seeking = {
      asked: new Set(nodes.filter((other) => other !== node)),
      fresh: new Map(),
      member: undefined,
      waitsFor: '',
      waitsSinceMs: 0,
      isSaid: false,
      founding: false,
    };
    context.send(context.self, { type: 'introduceDue' });
  },
  handlers: {
    ...lifeHandlers,
    ...seekingHandlers,
    ...memberHandlers,
    ...changeHandlers,
    ...wishHandlers,
  },
  accepts: acceptsHostMessage,
  stopped({ storage }) {
    storage?.close(() => {});
  },
  inspect: ({ identity, seeking, status }) => ({
    ...identity,
    waitsFor: seeking?.waitsFor,
    ...status,
  }),
});

function known(context: HostContext) {
  try {
    const { disk, group } = context.options;
    const identity = readIdentity(disk);
    if (identity === undefined || !isFoundingUnfinished(disk, identity, group)) return identity;
    context.log.warn('A cluster was to be founded here, and that was not finished: it begins anew');
    removeIdentity(disk);
    return undefined;
  } catch (error) {
    giveUp(error, context);
    return 'unusable';
  }
}
