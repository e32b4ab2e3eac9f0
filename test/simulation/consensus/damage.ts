/** What disks do behind everybody's back: they flip bits, lose sectors, and fail. */

import { SECTOR_BYTES } from '../../../consensus/disk.ts';
import { IDENTITY_FILE, parseSegmentName, WATERMARK_FILE } from '../../../consensus/file-names.ts';
import type { Random } from '../../kit/random.ts';
import type { VirtualWorld } from '../../kit/virtual-world.ts';
import type { GroupFault } from './faults.ts';
import type { Operator } from './operator.ts';
import type { Seat } from './seat.ts';

export function scheduleDamage(
  kinds: ReadonlySet<GroupFault>,
  world: VirtualWorld,
  seats: readonly Seat[],
  operator: Operator,
  random: Random,
  endMs: number,
): void {
  const often = (
    kind: GroupFault,
    meanGapMs: number,
    deed: (seat: Seat, chance: Random) => void,
  ) => {
    if (!kinds.has(kind)) return;
    const chance = random.split(kind);
    const next = () => {
      world.after(chance.exponential(meanGapMs), () => {
        if (world.elapsedMs() > endMs) return;
        const seat = chance.pick(seats);
        if (operator.mayLose(seat)) deed(seat, chance);
        next();
      });
    };
    next();
  };

  often('corruption', 500, (seat, chance) => {
    // Where power fails, what was synced last is not known to be from the log alone (watermark.ts):
    // nothing could tell its damage from what was never wholly written.
    if (!seat.node.running) return;
    seat.crash('process');
    damage(seat, chance);
    world.after(chance.exponential(20), () => seat.restart());
  });
  often('disk-error', 500, (seat, chance) => {
    if (!seat.node.running || seat.disk === undefined) return;
    seat.isDamaged = true;
    seat.disk.failNext(chance.pick(['sync', 'sync', 'write']), 'EIO');
  });
}

/** Somewhere in what was written: most of a segment is still empty. */
function damage(seat: Seat, chance: Random): void {
  const { disk } = seat;
  if (disk === undefined) return;
  const files = [...disk.contents()].filter(
    ([name, bytes]) => isOfInterest(name) && bytes.some((byte) => byte !== 0),
  );
  if (files.length === 0) return;
  const [name, bytes] = chance.pick(files);
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
  seat.isDamaged = true;
  // The end is where damage and a torn write look alike.
  const from = chance.chance(0.5) ? 0 : Math.max(0, end - 200);
  const position = from + chance.integer(end - from);
  if (chance.chance(0.3)) disk.zeroSector(name, Math.floor(position / SECTOR_BYTES));
  else disk.flipBit(name, position, chance.integer(8));
}

function isOfInterest(name: string): boolean {
  return (
    parseSegmentName(name) !== undefined ||
    name.startsWith('snap-') ||
    name === WATERMARK_FILE ||
    name === IDENTITY_FILE
  );
}
