/**
 * What a connection needs of the bytes below it. `websocket.ts` has the real one; tests join two
 * ends without a network.
 */
export interface Wire {
  /** Where the bytes come from, for the log: `10.0.0.9:51234`. */
  readonly remote: string;
  /** Says what happens on the wire from now on. Called once, before anything else. */
  listen(listener: WireListener): void;
  /** Sends one frame. `written` is called when it has left this process, or never. */
  send(frame: Uint8Array, written?: () => void): void;
  /** Bytes given to `send` that have not left this process. */
  bufferedBytes(): number;
  /** Bytes that have come in so far, whole frames or not. */
  receivedBytes(): number;
  /** Stops reading; frames already read may still come. */
  pause(): void;
  resume(): void;
  /** Ends in good order, after what was sent. `closed` follows. */
  close(code: number, reason: string): void;
  /** Ends at once. `closed` follows. */
  terminate(): void;
}

export interface WireListener {
  /** Frames can be sent. For an accepted wire: from the beginning, and never called. */
  opened(): void;
  frame(frame: Uint8Array): void;
  /** Called once. `reason` is a sentence when there was a fault, else what the other side gave. */
  closed(code: number, reason: string): void;
}
