/**
 * Why a connection between nodes ends: one table for both sides and the log;
 * docs/handbook/between-nodes.md says what to do about each.
 * WebSocket leaves 4000 to 4999 to applications (RFC 6455, section 7.4.2).
 */
export const CLOSE = {
  /** The node shuts down in good order. */
  goodbye: 4000,
  /** What came was no frame of ours: not CBOR, not plain data, not a signal. */
  malformed: 4001,
  /** The other side speaks another version of the protocol. */
  wrongProtocol: 4002,
  /** The other side belongs to another cluster. */
  wrongCluster: 4003,
  /** The node that answered is not the one that was dialled. */
  wrongNode: 4004,
  /** The other side bears our own name. */
  sameNode: 4005,
  /** A newer process of the same node is connected. */
  staleIncarnation: 4006,
  /** A newer connection of the same pair of nodes has taken its place. */
  superseded: 4007,
  /** Both nodes dialled at once, and the other connection is the one that stays. */
  duplicate: 4008,
  /** Nothing was said in time: no greeting, or no sign of life. */
  silent: 4009,
  /** Signals that must not be dropped pile up. */
  overrun: 4010,
  /** The node has as many connections as it may. */
  full: 4011,
} as const;

/** RFC 6455: the connection ended without a close frame, as when a process dies. */
export const BROKEN_OFF = 1006;

/** Refusals that a later attempt will not mend by itself: they are logged as warnings. */
export function isMisfit(code: number): boolean {
  return code >= CLOSE.malformed && code <= CLOSE.staleIncarnation;
}

/** A close frame holds 123 bytes of reason; the whole sentence goes ahead in a goodbye. */
const REASON_BYTES_MAX = 123;

export function shortReason(sentence: string): string {
  if (Buffer.byteLength(sentence) <= REASON_BYTES_MAX) return sentence;
  // Cuts between characters: a byte that starts none of them belongs to the one before.
  const bytes = Buffer.from(sentence);
  let end = REASON_BYTES_MAX;
  while (((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

/** A sentence of somebody else's, as it may stand in our log. */
const FOREIGN_LENGTH_MAX = 500;

export function foreignSentence(text: string): string {
  const cut = text.length > FOREIGN_LENGTH_MAX ? `${text.slice(0, FOREIGN_LENGTH_MAX)}…` : text;
  return cut.replace(/\p{Cc}/gu, ' ');
}
