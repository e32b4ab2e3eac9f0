/** Whole snapshots, written and read with promises, for actors that bring the end in as mail. */
import type { GroupId, SnapshotMark } from './entry.ts';
import type { SnapshotHead } from './snapshot-format.ts';
import type { SnapshotPiece, Snapshots } from './snapshots.ts';

/** @throws CodedError `snapshotGone`, `snapshotFailed`, `logCorrupt` */
export async function readSnapshot(
  snapshots: Snapshots,
  group: GroupId,
  { index, term }: SnapshotMark,
): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for (let offset = 0; ; ) {
    const piece = await readPiece(snapshots, { group, index, term }, offset);
    if (piece.data.length === 0) return pieces;
    pieces.push(piece.data);
    offset += piece.data.length;
  }
}

/** Behind the end it is empty. @throws CodedError as `readSnapshot` */
export function readPiece(
  snapshots: Snapshots,
  name: { readonly group: GroupId; readonly index: number; readonly term: number },
  offset: number,
): Promise<SnapshotPiece> {
  return new Promise((resolve, reject) => {
    snapshots.read(name, offset, (error, piece) => {
      if (error !== undefined || piece === undefined) reject(error);
      else resolve(piece);
    });
  });
}

/** Draws the pieces one by one, as the disk takes them. @throws CodedError */
export async function writeSnapshot(
  snapshots: Snapshots,
  head: SnapshotHead,
  pieces: Iterable<Uint8Array>,
): Promise<void> {
  const writer = snapshots.begin(head, false);
  const settled = (work: (done: (error: unknown) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      work((error) => (error === undefined ? resolve() : reject(error)));
    });
  try {
    for (const piece of pieces) await settled((done) => writer.write(piece, done));
    await settled((done) => writer.finish(undefined, done));
  } catch (error) {
    await new Promise<void>((resolve) => writer.abandon(resolve));
    throw error;
  }
}
