/** A log's storage on a virtual disk, and words to try it with. */

import type { Entry, HardState, Membership, SnapshotMark } from '../../consensus/entry.ts';
import {
  type LogAppend,
  type LogStorage,
  type LogStorageOptions,
  openLogStorage,
} from '../../consensus/log-storage.ts';
import type { CodedError } from '../../runtime/errors.ts';
import { seededRandom } from '../kit/random.ts';
import { VirtualClock } from '../kit/virtual-clock.ts';
import { type VirtualDisk, type VirtualDiskOptions, virtualDisk } from '../kit/virtual-disk.ts';

export const GROUP = 'registry';
export const SEGMENT_BYTES = 8 * 1024;

export const MEMBERSHIP: Membership = {
  voters: [1, 2, 3],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  leavesJointItself: false,
  addresses: { '1': 'a:5050', '2': 'b:5050', '3': 'c:5050' },
};

export type Settings = Partial<LogStorageOptions> & {
  readonly seed?: number | string;
  readonly disk?: VirtualDisk;
  readonly diskOptions?: Partial<VirtualDiskOptions>;
};

export interface Scene {
  readonly clock: VirtualClock;
  readonly disk: VirtualDisk;
  readonly failures: CodedError[];
  readonly nearlyFull: boolean[];
  storage: LogStorage;
  /** Runs until nothing is under way. */
  settle(): void;
  /** Appends and waits. @returns the error, if there was one */
  append(what: Partial<LogAppend>): CodedError | undefined;
  /** After a crash, or after a close. */
  reopen(): void;
}

export function scene(settings: Settings = {}): Scene {
  const { seed = 1, diskOptions = {}, ...options } = settings;
  const random = seededRandom(seed);
  const clock = new VirtualClock(0, 'fifo', random.split('clock'));
  const disk = virtualDisk({ clock, random: random.split('disk'), ...diskOptions });
  const failures: CodedError[] = [];
  const nearlyFull: boolean[] = [];
  const open = () =>
    openLogStorage({
      clusterId: 'cluster-1',
      memberId: 1,
      disk,
      makes: true,
      segmentBytes: SEGMENT_BYTES,
      keptEntryCount: 0,
      onFailed: (error) => failures.push(error),
      onNearlyFull: (isFull) => nearlyFull.push(isFull),
      ...options,
    });
  const settle = () => {
    while (clock.step());
  };
  const self: Scene = {
    ...{ clock, disk, failures, nearlyFull },
    storage: open(),
    settle,
    append(what) {
      let outcome: CodedError | undefined;
      self.storage.append({
        ...{ group: GROUP, entries: [], mustSync: true },
        ...what,
        done: (error) => {
          outcome = error;
        },
      });
      settle();
      return outcome;
    },
    reopen() {
      self.storage = open();
    },
  };
  return self;
}

/** Entries from `first` on, with data that tells index and term. */
export function operations(first: number, count: number, term = 1, dataBytes = 20): Entry[] {
  return Array.from({ length: count }, (_, offset) => {
    const index = first + offset;
    const data = new Uint8Array(dataBytes).fill(65 + (index % 26));
    data.set(new TextEncoder().encode(`${index}/${term}`).subarray(0, dataBytes));
    return { kind: 'operation', index, term, data };
  });
}

export function hardState(term: number, committedIndex = 0, vote = 1): HardState {
  return { term, vote, committedIndex };
}

export function mark(index: number, term = 1): SnapshotMark {
  return { index, term, membership: MEMBERSHIP };
}

/** Takes a snapshot of some bytes, and marks it. */
export function takeSnapshot(at: Scene, index: number, term = 1, restores = false): void {
  const writer = at.storage.snapshots.begin({ group: GROUP, mark: mark(index, term) }, false);
  writer.write(new TextEncoder().encode(`state at ${index}`), () =>
    writer.finish(undefined, () => {}),
  );
  at.settle();
  const last = at.storage.reader(GROUP).hardState();
  const state = hardState(Math.max(last.term, term), Math.max(last.committedIndex, index));
  at.append({ snapshotMark: mark(index, term), restores, hardState: state });
}

/** All that is durable of the group, as plain data. */
export function stateOf({ storage }: Scene) {
  const log = storage.reader(GROUP);
  return {
    hardState: log.hardState(),
    mark: log.snapshotMark(),
    entries: log.entries(log.firstIndex(), log.lastIndex() + 1, Number.POSITIVE_INFINITY) ?? [],
  };
}
