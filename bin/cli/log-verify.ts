/** Whether a log is sound, and whether its registry can be read: all problems, each with its place. */
import { REGISTRY_GROUP } from '../../actors/master/registry/raft-store.ts';
import { decodeEntry } from '../../actors/master/registry/registry-machine.ts';
import { SnapshotReader } from '../../actors/master/registry/snapshot.ts';
import type { Disk } from '../../consensus/disk.ts';
import { dumpLog } from '../../consensus/dump-log.ts';
import { inspectLog, type LogInspection } from '../../consensus/inspect-log.ts';
import { asAdvice, CodedError } from '../../runtime/errors.ts';
import { ADVICE } from './log-facts.ts';

export interface Verification {
  readonly found: LogInspection;
  readonly problems: readonly VerifiedProblem[];
}

export interface VerifiedProblem {
  /** `wal-0000000001, offset 4096` or `entry 7 of "registry"` */
  readonly place: string;
  /** Where it is one of a file, and not of what the file says. */
  readonly file?: string;
  readonly offset?: number;
  readonly reason: string;
  readonly advice: string;
}

/** Changes nothing. @throws DiskError where the disk can't be read */
export function verifyLog(disk: Disk): Verification {
  const found = inspectLog(disk);
  // Somebody is writing: the end of what is there so far.
  const isBeingWritten = found.usedBy !== undefined;
  const ofLog = found.problems
    .filter(({ kind }) => !(kind === 'torn' && isBeingWritten))
    .filter(({ kind, file, offset }) => kind === 'quarantined' || !isSame(found, file, offset))
    .map(({ file, offset, kind, reason }) => ({
      place: `${file}, offset ${offset}`,
      ...{ file, offset, reason },
      advice: ADVICE[kind],
    }));
  const isReadable = !found.problems.some(({ kind }) => kind === 'corrupt' || kind === 'tooNew');
  const problems = isReadable ? [...ofLog, ...problemsOfRegistry(disk)] : ofLog;
  return { found, problems };
}

/** What a quarantine says of a place is said once. */
function isSame({ quarantine }: LogInspection, file: string, offset: number): boolean {
  return quarantine?.file === file && quarantine.offset === offset;
}

/** What is stored rightly may still be nothing that this version understands. */
function problemsOfRegistry(disk: Disk): readonly VerifiedProblem[] {
  const problems: VerifiedProblem[] = [];
  const attempt = (place: string, read: () => unknown) => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      problems.push({ place, reason: error.message, advice: asAdvice(error.remedy) });
    }
  };
  let snapshot: SnapshotReader | undefined;
  const ofSnapshot = `the snapshot of "${REGISTRY_GROUP}"`;
  for (const line of dumpLog(disk)) {
    if (line.line === 'snapshot' && line.group === REGISTRY_GROUP) {
      const reader = snapshot ?? new SnapshotReader();
      snapshot = reader;
      if (problems.length === 0)
        attempt(ofSnapshot, () => reader.push(Buffer.from(line.data, 'base64')));
      continue;
    }
    const ended = snapshot;
    snapshot = undefined;
    if (ended !== undefined && problems.length === 0) attempt(ofSnapshot, () => ended.finish());
    if (line.line !== 'entry' || line.group !== REGISTRY_GROUP) continue;
    const { entry } = line;
    if (entry.kind !== 'operation') continue;
    attempt(`entry ${entry.index} of "${REGISTRY_GROUP}"`, () =>
      decodeEntry(Buffer.from(entry.data, 'base64')),
    );
  }
  return problems;
}
