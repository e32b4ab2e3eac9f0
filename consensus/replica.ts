/**
 * A replica: one member of a group that keeps a log together, and what that log is applied to.
 *
 * A switchboard around the pure core (`member.ts`): what is heard is stepped into it, what it wants
 * is carried out: persist, then send, then apply.
 *
 *     starting ──what is stored is restored──▶ follower ◀──▶ candidate ──▶ leader
 *
 *     replica-peers: other members     replica-proposals: who proposes and reads on this node
 *     replica-work: storage, machine   snapshot-making, -sending, -receiving
 *
 * It ends when the disk fails or an invariant breaks: what it would promise then could be wrong. Time
 * is counted in ticks; when the process was held up, one tick comes and not all that were missed.
 */
import { defineActor } from '../runtime/actor.ts';
import type { CodedError } from '../runtime/errors.ts';
import { createMember, type Member } from './member.ts';
import { EMPTY_MEMBERSHIP } from './membership.ts';
import { allVoters } from './quorum.ts';
import { acceptsReplicaMessage, type ReplicaMessage } from './replica-messages.ts';
import { peerHandlers } from './replica-peers.ts';
import { linkToAll } from './replica-places.ts';
import { proposalHandlers } from './replica-proposals.ts';
import type {
  ReplicaContext,
  ReplicaHandlers,
  ReplicaOptions,
  ReplicaState,
} from './replica-state.ts';
import { wakeUp } from './replica-state.ts';
import { restore, workHandlers } from './replica-work.ts';
import { readSnapshot } from './snapshot-file-access.ts';
import { snapshotMakingHandlers } from './snapshot-making.ts';
import { repeatWanted, snapshotReceivingHandlers } from './snapshot-receiving.ts';
import { giveUpStalled, snapshotSendingHandlers } from './snapshot-sending.ts';

/** Members that can't be reached are tried again after so many ticks. */
const LINK_TICKS = 10;

const lifeHandlers: ReplicaHandlers<'tick' | 'storedRestored'> = {
  tick(state, _, context) {
    const { timings } = context.options;
    context.sendSelfAfter(timings.tickMs, { type: 'tick' });
    const { member } = state;
    if (member === undefined) return;
    state.tickCount++;
    if (member.summary().role === 'leader') state.leaderHeardMs = context.nowMs();
    if (state.tickCount % LINK_TICKS === 0) linkToAll(state, context);
    giveUpStalled(state, member, context);
    repeatWanted(state, context);
    member.tick();
    wakeUp(state, context);
  },

  storedRestored(state, { pieces }, context) {
    const { storage, group, memberId, owner, timings } = context.options;
    const reader = storage.reader(group);
    const mark = reader.snapshotMark();
    if (mark.index > 0 && !restore(state, mark, pieces, context)) return;
    state.member = createMember(
      {
        id: memberId,
        random: () => context.random(),
        electionTicks: timings.electionTicks,
        forwardsProposals: false,
        tellsCommittedAtOnce: false,
      },
      reader,
    );
    linkToAll(state, context);
    campaignIfAlone(state, state.member, context);
    context.send(owner, { type: 'replicaReady', group, replica: context.self });
    context.sendSelfAfter(timings.tickMs, { type: 'tick' });
    wakeUp(state, context);
  },
};

export const replica = defineActor<ReplicaOptions, ReplicaState, ReplicaMessage>({
  name: 'replica',
  initialState: ({ machine }) => ({
    member: undefined,
    machine,
    appliedIndex: 0,
    snapshotIndex: 0,
    membership: EMPTY_MEMBERSHIP,
    heardAt: new Map(),
    workQueued: false,
    committedQueued: false,
    appends: [],
    nextAppendNumber: 1,
    asked: [],
    proposals: new Map(),
    reads: new Map(),
    readIdPrefix: '',
    nextReadNumber: 1,
    linked: new Set(),
    tickCount: 0,
    leaderHeardMs: undefined,
    campaignTimer: undefined,
    loss: undefined,
    isMakingSnapshot: false,
    checkpoints: [],
    sending: new Map(),
    receiving: undefined,
  }),
  started(state, context) {
    state.readIdPrefix = context.uuid();
    context.defer(stored(context), {
      onValue: (pieces) => ({ type: 'storedRestored', pieces }),
      onError: (error) => ({ type: 'appendFailed', error: error as CodedError }),
    });
  },
  handlers: {
    ...lifeHandlers,
    ...peerHandlers,
    ...proposalHandlers,
    ...workHandlers,
    ...snapshotMakingHandlers,
    ...snapshotSendingHandlers,
    ...snapshotReceivingHandlers,
  },
  accepts: acceptsReplicaMessage,
  inspect: ({ member, appliedIndex, appends, proposals, reads, sending, receiving }) => ({
    ...member?.status(),
    appliedIndex,
    pendingAppendCount: appends.length,
    pendingProposalCount: proposals.size,
    pendingReadCount: reads.size,
    sendingSnapshotTo: [...sending.keys()],
    receivingSnapshotIndex: receiving?.mark.index,
  }),
});

/** Who has nobody to wait for need not wait. */
function campaignIfAlone(state: ReplicaState, member: Member, context: ReplicaContext): void {
  const voters = allVoters(state.membership);
  if (voters.length === 1 && voters[0] === context.options.memberId) member.campaign();
}

async function stored({ options }: ReplicaContext): Promise<readonly Uint8Array[]> {
  const { storage, group } = options;
  const mark = storage.reader(group).snapshotMark();
  return mark.index === 0 ? [] : readSnapshot(storage.snapshots, group, mark);
}
