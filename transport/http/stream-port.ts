/**
 * An answer that lives as long as its client: what a handler holds, and what it is told.
 *
 * The handler answers `{ status, headers, stream: (stream) => listener }`. Whatever becomes of the
 * request, the opener is called exactly once, and `closed` of its listener exactly once after it, never
 * from within a call of the handler: what was set up in the opener can be taken down there.
 *
 *     opened ──write … write──► end() ──what waits goes out──► closed('ended')
 *        └── client gone, too slow, node shut down … ────────► closed(why)
 *
 * Everything is synchronous, so that an actor can hold a stream and let messages come of what it is
 * told. A record that is written is one chunk on the wire; streams are never compressed. Heartbeats
 * are the handler's affair.
 */
export interface HttpStream {
  /**
   * One record, one chunk. Empty ones are left out: an empty chunk would end the answer.
   * @returns false when it was not taken: the stream is full, or over
   */
  write(record: Uint8Array | string): boolean;
  /** Nothing more is written. What waits still goes out. */
  end(): void;
  /** Bytes that were written and have not left yet. */
  waitingBytes(): number;
}

export interface HttpStreamListener {
  /**
   * Left out: a client that reads so slowly that a record can't be taken is dropped, `tooSlow`. Given:
   * it is kept, `write` says false, and this is called once when it has read all that waited, so that
   * the handler can tell it afresh how things are.
   */
  readonly drained?: () => void;
  /** The last that is heard of the stream. */
  readonly closed: (why: HttpStreamEnd) => void;
}

export type HttpStreamOpener = (stream: HttpStream) => HttpStreamListener;

export type HttpStreamEnd =
  /** By the handler; all that was written went out. */
  | 'ended'
  /** The client closed, or its connection broke; or it was gone before the answer came. */
  | 'clientGone'
  /** A record found too much waiting, and the handler has no `drained`. */
  | 'tooSlow'
  /** Nothing left for `stallTimeoutMs` although something waited. */
  | 'stalled'
  /** The client asked further on the same connection, behind an answer that has no end. */
  | 'requestBehind'
  /** This node has as many streams as it may, and answered 503. */
  | 'tooMany'
  /** The request was HEAD: the headers are the whole answer. */
  | 'headOnly'
  | 'shutdown';
