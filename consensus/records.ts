/**
 * Records: what a log's storage is told, as bytes.
 *
 *     kind u8 | group (u32 length, UTF-8) | body
 *     entries       first index, count u32, then of each: kind u8, term, data (u32 length, bytes)
 *     hardState     term, vote, committed index
 *     snapshotMark  index, term, restores u8, membership (JSON)
 *     forgotten     (nothing)
 *
 * Numbers without a type are whole ones of eight bytes. Entries of a record follow each other.
 * Records with indexes that were written before take the place of those and of all that came after:
 * nothing is ever written over. Who belongs to a group is JSON: it is rare, and people read it.
 */
import { assert } from '../runtime/assert.ts';
import {
  acceptor,
  array,
  boolean,
  type Check,
  integer,
  object,
  oneOf,
  record,
  string,
  union,
} from '../runtime/decode.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import type {
  Entry,
  GroupId,
  HardState,
  Membership,
  MembershipChange,
  MembershipStep,
  SnapshotMark,
} from './entry.ts';

export type LogRecord =
  /** Consecutive; after them the log ends. */
  | { readonly kind: 'entries'; readonly group: GroupId; readonly entries: readonly Entry[] }
  | { readonly kind: 'hardState'; readonly group: GroupId; readonly hardState: HardState }
  /** `restores`: the log is what the snapshot says, whatever entries were there before. */
  | {
      readonly kind: 'snapshotMark';
      readonly group: GroupId;
      readonly mark: SnapshotMark;
      readonly restores: boolean;
    }
  /** The group is no longer: all before this is void. */
  | { readonly kind: 'forgotten'; readonly group: GroupId };

/** Of a group's name in UTF-8: it becomes part of a file's name. A longer one is our own mistake. */
export const GROUP_ID_BYTES_MAX = 64;

/** Members of a group, and steps of a change: a record with more is refused as malformed. */
const MEMBER_COUNT_MAX = 1000;
/** Of a member, as `host:port`: a record with a longer one is refused as malformed. */
const ADDRESS_LENGTH_MAX = 300;

const RECORD_KINDS = ['', 'entries', 'hardState', 'snapshotMark', 'forgotten'] as const;
const ENTRY_KINDS = ['', 'empty', 'operation', 'membership'] as const;

const memberIds = array(integer(1), MEMBER_COUNT_MAX);
const membershipFault = acceptor(
  object<Membership>({
    voters: memberIds,
    votersOutgoing: memberIds,
    learners: memberIds,
    learnersNext: memberIds,
    leavesJointItself: boolean,
    addresses: record(string(ADDRESS_LENGTH_MAX), MEMBER_COUNT_MAX, 20),
  }),
);
const changeFault = acceptor(
  object<MembershipChange>({
    transition: oneOf({ auto: true, joint: true, jointExplicit: true }),
    steps: array(stepCheck(), MEMBER_COUNT_MAX),
  }),
);
const encoder = new TextEncoder();
const EMPTY = new Uint8Array();

export function writeRecord(writer: ByteWriter, record: LogRecord): void {
  writer.u8(RECORD_KINDS.indexOf(record.kind));
  const group = encoder.encode(record.group);
  assert(group.length <= GROUP_ID_BYTES_MAX, 'the name of a group is short');
  writer.sizedBytes(group);
  switch (record.kind) {
    case 'entries': {
      const [first] = record.entries;
      assert(first !== undefined, 'a record of entries has entries');
      writer.whole(first.index);
      writer.u32(record.entries.length);
      let { index } = first;
      for (const entry of record.entries) {
        assert(entry.index === index++, 'entries follow each other');
        writer.u8(ENTRY_KINDS.indexOf(entry.kind));
        writer.whole(entry.term);
        writer.sizedBytes(entryData(entry));
      }
      return;
    }
    case 'hardState':
      writer.whole(record.hardState.term);
      writer.whole(record.hardState.vote);
      writer.whole(record.hardState.committedIndex);
      return;
    case 'snapshotMark':
      writer.whole(record.mark.index);
      writer.whole(record.mark.term);
      writer.u8(record.restores ? 1 : 0);
      writer.sizedText(JSON.stringify(record.mark.membership));
      return;
    case 'forgotten':
  }
}

/** Data of entries shares memory with what is read. @throws Error where the bytes are no record */
export function readRecord(reader: ByteReader): LogRecord {
  const kind = RECORD_KINDS[reader.u8()];
  const group = reader.sizedText();
  switch (kind) {
    case 'entries': {
      const firstIndex = reader.whole();
      const count = reader.u32();
      const entries: Entry[] = [];
      for (let index = firstIndex; index < firstIndex + count; index++) {
        entries.push(readEntry(reader, index));
      }
      if (entries.length === 0) throw new RangeError('a record of entries has none');
      return { kind, group, entries };
    }
    case 'hardState': {
      const [term, vote] = [reader.whole(), reader.whole()];
      return { kind, group, hardState: { term, vote, committedIndex: reader.whole() } };
    }
    case 'snapshotMark': {
      const [index, term, restores] = [reader.whole(), reader.whole(), reader.u8() === 1];
      const membership = parseMembership(reader.sizedText());
      return { kind, group, mark: { index, term, membership }, restores };
    }
    case 'forgotten':
      return { kind, group };
    default:
      throw new RangeError('a record of an unknown kind');
  }
}

/** @throws Error that says what is wrong with it */
export function parseMembership(text: string): Membership {
  const value: unknown = JSON.parse(text);
  const fault = membershipFault(value);
  if (fault !== undefined) throw new TypeError(`the membership is malformed: ${fault}`);
  return value as Membership;
}

/** @throws Error that says what is wrong with it */
export function parseMembershipChange(text: string): MembershipChange {
  const value: unknown = JSON.parse(text);
  const fault = changeFault(value);
  if (fault !== undefined) throw new TypeError(`the change of members is malformed: ${fault}`);
  return value as MembershipChange;
}

function entryData(entry: Entry): Uint8Array {
  if (entry.kind === 'operation') return entry.data;
  return entry.kind === 'empty' ? EMPTY : encoder.encode(JSON.stringify(entry.change));
}

function readEntry(reader: ByteReader, index: number): Entry {
  const kind = ENTRY_KINDS[reader.u8()];
  const term = reader.whole();
  switch (kind) {
    case 'operation':
      return { kind, index, term, data: reader.sizedBytes() };
    case 'empty':
      reader.sizedBytes();
      return { kind, index, term };
    case 'membership':
      return { kind, index, term, change: parseMembershipChange(reader.sizedText()) };
    default:
      throw new RangeError('an entry of an unknown kind');
  }
}

function stepCheck(): Check<MembershipStep> {
  const member = [{ memberId: integer(1) }, { address: string(ADDRESS_LENGTH_MAX) }] as const;
  return union<MembershipStep, 'type'>('type', {
    addVoter: member,
    addLearner: member,
    removeMember: [{ memberId: integer(1) }],
  });
}
