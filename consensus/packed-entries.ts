/**
 * Entries of a message between replicas as bytes, in the form in which they stand in the log: most of
 * what a group under load says is entries, and as bytes they are checked and copied in one piece.
 */
import { ByteReader, ByteWriter } from './bytes.ts';
import type { Entry } from './entry.ts';
import type { PeerMessage, PeerMessageOf } from './messages.ts';
import { readRecord, writeRecord } from './records.ts';

/** A message of a peer as it travels. */
export type PackedMessage =
  | Exclude<PeerMessage, { readonly type: 'appendEntries' }>
  | (Omit<PeerMessageOf<'appendEntries'>, 'entries'> & {
      /** One record; empty where there are no entries. */
      readonly entries: Uint8Array;
    });

const NONE = new Uint8Array();
const writer = new ByteWriter(64 * 1024);

export function pack(message: PeerMessage): PackedMessage {
  if (message.type !== 'appendEntries') return message;
  return { ...message, entries: packEntries(message.entries) };
}

/** @throws Error where the bytes are no entries */
export function unpack(message: PackedMessage): PeerMessage {
  if (message.type !== 'appendEntries') return message;
  return { ...message, entries: unpackEntries(message.entries) };
}

function packEntries(entries: readonly Entry[]): Uint8Array {
  if (entries.length === 0) return NONE;
  writer.reset();
  writeRecord(writer, { kind: 'entries', group: '', entries });
  return writer.written().slice();
}

function unpackEntries(bytes: Uint8Array): readonly Entry[] {
  if (bytes.length === 0) return [];
  const reader = new ByteReader(bytes);
  const record = readRecord(reader);
  if (record.kind !== 'entries' || reader.position !== bytes.length) {
    throw new RangeError('what is sent as entries is something else');
  }
  return record.entries;
}
