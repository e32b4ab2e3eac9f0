/**
 * Reads entries back from their frames, and proves them again.
 */
import { corruptError } from './directory-identity.ts';
import type { Disk } from './disk.ts';
import type { Entry, GroupId } from './entry.ts';
import { segmentName } from './file-names.ts';
import { FRAME_HEAD_BYTES, readHead, readRecords, readSealedHead } from './frame.ts';
import type { FrameReader } from './group-log.ts';

/** The reader throws CodedError `logCorrupt` where a frame is no longer what was written. */
export function frameReader(disk: Disk, group: GroupId): FrameReader {
  return ({ segment, offset }) => {
    const file = segmentName(segment);
    const head = readHead(disk.readNow(file, offset, FRAME_HEAD_BYTES), 0);
    const bytes = disk.readNow(file, offset, FRAME_HEAD_BYTES + (head?.payloadBytes ?? 0));
    const sealed = readSealedHead(bytes, 0);
    if (sealed?.segment !== segment || sealed.offset !== offset) {
      const reason = 'a frame is damaged that was sound when it was written';
      throw corruptError(disk, { file, offset, reason });
    }
    const entries = new Map<number, Entry>();
    for (const record of readRecords(bytes, 0, sealed)) {
      if (record.kind !== 'entries' || record.group !== group) continue;
      for (const entry of record.entries) entries.set(entry.index, entry);
    }
    return entries;
  };
}
