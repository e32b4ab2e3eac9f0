/**
 * A group begins with one voter and a snapshot: nothing is agreed on before, so there is nobody to
 * ask. Others who are to belong to it are learners at first, whom the group itself promotes. Where
 * another group has agreed on who begins this one, all of them vote from the beginning.
 *
 * The first snapshot has index 1 and term 1; it holds what the state machine is at the beginning
 * and who the members are, and is what anybody who joins is sent.
 */
import { type DirectoryIdentity, readQuarantine } from './directory-identity.ts';
import { lockOwner } from './directory-lock.ts';
import type { Disk } from './disk.ts';
import type { GroupId, MemberId, SnapshotMark } from './entry.ts';
import { parseSnapshotName } from './file-names.ts';
import { frameReader } from './frame-reader.ts';
import { readLog } from './log-recovery.ts';
import type { LogStorage } from './log-storage.ts';
import { EMPTY_MEMBERSHIP } from './membership.ts';
import { writeSnapshot } from './snapshot-file-access.ts';
import type { StateMachine } from './state-machine.ts';

export interface FoundingOptions {
  readonly storage: LogStorage;
  readonly group: GroupId;
  readonly memberId: MemberId;
  /** Where its replica is, `host:port`. */
  readonly address: string;
  /**
   * All that vote from the beginning, this one included: each of them founds the group by itself, once
   * and with the same words. Default: only who founds.
   */
  readonly voters?: readonly { readonly memberId: MemberId; readonly address: string }[];
  /** The others, with higher ids. */
  readonly learners?: readonly { readonly memberId: MemberId; readonly address: string }[];
  readonly machine: StateMachine;
}

/** Of who founds; of those who come later the id is an index of the log, and greater. */
export const FOUNDER_ID = 1;

/** Whether the group has a log here, if only a part of one. */
export function isFounded(storage: LogStorage, group: GroupId): boolean {
  const reader = storage.reader(group);
  return reader.snapshotMark().index > 0 || reader.hardState().term > 0;
}

/** Resolves when the group is durable. @throws CodedError when the disk fails */
export async function foundGroup(options: FoundingOptions): Promise<void> {
  const { storage, group, memberId, address, machine, learners = [] } = options;
  const { voters = [{ memberId, address }] } = options;
  const mark: SnapshotMark = {
    index: 1,
    term: 1,
    membership: {
      ...EMPTY_MEMBERSHIP,
      voters: voters.map((voter) => voter.memberId),
      learners: learners.map((learner) => learner.memberId),
      addresses: Object.fromEntries(
        [...voters, ...learners].map((one) => [String(one.memberId), one.address]),
      ),
    },
  };
  await writeSnapshot(storage.snapshots, { group, mark }, machine.snapshot());
  await new Promise<void>((resolve, reject) => {
    storage.append({
      group,
      entries: [],
      hardState: { term: 1, vote: 0, committedIndex: 1 },
      snapshotMark: mark,
      restores: true,
      mustSync: true,
      done: (error) => (error === undefined ? resolve() : reject(error)),
    });
  });
}

/**
 * Whether this directory was made to found the group in, and nothing came of it: the process was
 * killed, or the disk was full. Nobody was invited yet, so nothing was promised.
 */
export function isFoundingUnfinished(
  disk: Disk,
  { memberId }: DirectoryIdentity,
  group: GroupId,
): boolean {
  if (memberId !== FOUNDER_ID || readQuarantine(disk) !== undefined) return false;
  if (lockOwner(disk) !== undefined) return false;
  // Whoever has a later snapshot was founded: the log need not be read for that.
  if (disk.listNow().some((name) => (parseSnapshotName(name)?.index ?? 0) > 1)) return false;
  const readFrame = (one: GroupId) => frameReader(disk, one);
  const { groups, end, newerVersion } = readLog(disk, { cacheBytesMax: 0, readFrame });
  if (end.verdict === 'corrupt' || newerVersion !== undefined) return false;
  return groups.get(group)?.isUnused() ?? true;
}
