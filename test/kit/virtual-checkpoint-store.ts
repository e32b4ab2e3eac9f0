/**
 * The disk that an agent's checkpoint lies on, without a disk: slow, full or forgetful, as the test says.
 *
 *     append ──(a while)──▶ arrived in part ──▶ arrived ──(a while)──▶ synced: settled
 *                                                  └─ what a loss of power may take again
 * It outlives the processes that use it; each opens it with its own clock, and what it had under way
 * when it was killed has arrived in part. Writing anew is all or nothing, as a rename is.
 */
import { CHECKPOINT_HEAD } from '../../actors/agent/checkpoint/checkpoint-text.ts';
import type { CheckpointSpace, CheckpointStore } from '../../actors/agent/checkpoint/store.ts';
import type { Host } from '../../runtime/host.ts';
import type { Random } from './random.ts';

export interface VirtualCheckpointDisk {
  /** For the process of this host; what the one before had under way is cut off somewhere. */
  open(host: Host): CheckpointStore;
  /** What was not synced is cut off somewhere. */
  losePower(): void;
  /** As it would be read now; undefined when there is none. */
  text(): string | undefined;
  /** The disk gives no more, and what is held back is soon used up; until it is called with `false`. */
  setFull(full: boolean, heldBackLength?: number): void;
  damage(change: (text: string) => string): void;
}

/** What is held back for what becomes of tasks when the disk is full. */
const HELD_BACK_LENGTH = 4000;

/** @param random its own stream */
export function virtualCheckpointDisk(random: Random, delayMsMax = 5): VirtualCheckpointDisk {
  let text: string | undefined;
  let syncedLength = 0;
  /** Of the write that is under way. */
  let arriving: string | undefined;
  let isFull = false;
  let heldBackLength = HELD_BACK_LENGTH;

  function crash(): void {
    if (arriving !== undefined && text !== undefined) {
      text += arriving.slice(0, random.integer(arriving.length + 1));
    }
    arriving = undefined;
  }

  return {
    open(host) {
      crash();
      const pause = () =>
        new Promise<void>((resolve) => {
          host.setTimer(random.next() * delayMsMax, resolve);
        });
      const needSpace = (length: number): CheckpointSpace => {
        if (isFull && length > heldBackLength) {
          throw Object.assign(new Error('no space is left'), { code: 'ENOSPC' });
        }
        heldBackLength = isFull ? heldBackLength - length : HELD_BACK_LENGTH;
        return { isFull };
      };
      return {
        path: '/work-directory/meta/slaves/latest/checkpoint',
        async read() {
          await pause();
          return text;
        },
        async replace(_agentId, whole) {
          await pause();
          const space = needSpace(isFull ? Number.POSITIVE_INFINITY : 0);
          text = whole;
          syncedLength = whole.length;
          await pause();
          return space;
        },
        async append(more) {
          const space = needSpace(more.length);
          arriving = more;
          await pause();
          text = (text ?? CHECKPOINT_HEAD) + more;
          arriving = undefined;
          await pause();
          syncedLength = text.length;
          return space;
        },
        async discard() {
          await pause();
          text = undefined;
          arriving = undefined;
          syncedLength = 0;
        },
      };
    },
    losePower() {
      crash();
      if (text === undefined) return;
      text = text.slice(0, syncedLength + random.integer(text.length - syncedLength + 1));
    },
    text: () => text,
    setFull(full, length = HELD_BACK_LENGTH) {
      isFull = full;
      heldBackLength = length;
    },
    damage(change) {
      text = text === undefined ? undefined : change(text);
    },
  };
}
