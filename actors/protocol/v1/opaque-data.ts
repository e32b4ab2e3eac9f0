/**
 * Opaque data and ids of updates: bytes in Mesos, texts in our nouns.
 *
 * Bytes that are UTF-8 are the text that they spell; others are a `data:` URL in base64, as is a text
 * that looks like one. So bytes come back as they were, and who speaks nouns reads plain texts.
 */
import type { UpdateId } from '../ids.ts';

const PREFIX = 'data:;base64,';
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function textOfData(bytes: Uint8Array): string {
  const text = utf8(bytes);
  if (text !== undefined && !text.startsWith(PREFIX)) return text;
  return `${PREFIX}${Buffer.from(bytes).toString('base64')}`;
}

export function dataOfText(text: string): Uint8Array {
  if (!text.startsWith(PREFIX)) return new TextEncoder().encode(text);
  return Uint8Array.from(Buffer.from(text.slice(PREFIX.length), 'base64'));
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF_8.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * @returns undefined unless they are 16 bytes of one of the five versions
 * Source: Mesos, 3rdparty/stout/include/stout/uuid.hpp, fromBytes.
 */
export function updateIdOfUuid(bytes: Uint8Array): UpdateId | undefined {
  const version = (bytes[6] ?? 0) >> 4;
  if (bytes.length !== 16 || version < 1 || version > 5) return undefined;
  const digits = Buffer.from(bytes).toString('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') as UpdateId;
}

export function uuidOfUpdateId(updateId: UpdateId): Uint8Array {
  return uuidOfText(updateId);
}

/** The bytes of a UUID in its usual form. */
export function uuidOfText(uuid: string): Uint8Array {
  return Uint8Array.from(Buffer.from(uuid.replaceAll('-', ''), 'hex'));
}
