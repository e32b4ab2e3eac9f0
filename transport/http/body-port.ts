/**
 * The body of a request, piece by piece: who reads asks for each piece.
 *
 * Nothing is read ahead of what was asked for, so a slow reader slows its client down. The last piece
 * is `end` or `broken`; nothing comes after it.
 */
export type HttpPiece =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  /** The client is gone, or what came is not HTTP. */
  | { readonly kind: 'broken' };

export interface HttpBody {
  /**
   * Calls back once, when there is a piece, and never before it has returned. Only one may be asked for
   * at a time, and none after the last.
   */
  next(take: (piece: HttpPiece) => void): void;
}
