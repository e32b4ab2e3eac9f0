/** Everything a peer or a client can grow, with its maximum, and the times we wait. */
export interface TransportLimits {
  /** One frame. A message that alone is larger is refused. */
  readonly frameBytesMax: number;
  /** Waiting for one node: from here on the connection is called congested, and it is logged. */
  readonly congestedBytes: number;
  /** Waiting for one node: further messages become dead letters (`congested`). */
  readonly bufferedBytesMax: number;
  /** Waiting links, exits and pings beyond `bufferedBytesMax`: further ones reset the connection. */
  readonly controlBytesMax: number;
  /** Nodes that are connected, dialled or waited for; and WebSockets that others opened. */
  readonly peerCountMax: number;
  /** Messages handed over before others get their turn. */
  readonly messagesPerTurnMax: number;
  /** From the first byte to the greeting, for both sides. */
  readonly handshakeTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Intervals without a byte from the other side, then it is given up. */
  readonly heartbeatMissedMax: number;
  /** Wait before another attempt; doubles, with jitter, up to the maximum. */
  readonly reconnectDelayMsMin: number;
  readonly reconnectDelayMsMax: number;
  readonly http: HttpLimits;
}

export interface HttpLimits {
  /**
   * TCP connections, WebSockets included. For a further one the one that has been quiet for longest is
   * closed; where none is quiet, it is itself.
   */
  readonly connectionCountMax: number;
  /**
   * On one connection: requests that were sent without waiting for the answers to those before them. The
   * answer to the last closes the connection; what comes after it is not handled.
   */
  readonly requestsWaitingMax: number;
  /** Of one request; more is answered by 431. */
  readonly headerBytesMax: number;
  /** Headers of one request; more are answered by 431. */
  readonly headerCountMax: number;
  /** Of one request, compressed or not; more is answered by 413. */
  readonly bodyBytesMax: number;
  /** Of all requests that are read or handled at a time; those over it are answered by 503. */
  readonly bodiesBytesMax: number;
  /** Answers that are compressed at a time; those over it go out as they are. */
  readonly compressionCountMax: number;
  /** Answers that are streams, and requests that are read piece by piece; more are answered by 503. */
  readonly streamCountMax: number;
  /**
   * Waiting for one client of a stream. Records are taken while less waits; then the client is dropped,
   * or the handler tells it afresh how things are once it has read.
   */
  readonly streamBufferedBytesMax: number;
  /** Waiting for all clients of streams: from here on each stream is held to its share of it. */
  readonly streamsBufferedBytesMax: number;
  /** Nothing has left for a client that something waits for: its connection is closed. */
  readonly stallTimeoutMs: number;
  /** What a client still sends after it was refused is thrown away for so long, then it is cut off. */
  readonly lingerMs: number;
  /** A connection that was quiet for so long is asked by TCP whether it still lives. */
  readonly probeDelayMs: number;
  /** Until the headers are there, and then until the body is: slow ones get 408. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How often slow requests are looked for. */
  readonly checkIntervalMs: number;
  /** Until the route's handler has answered; then the client gets 503. */
  readonly handlerTimeoutMs: number;
}

export const DEFAULT_LIMITS: TransportLimits = {
  frameBytesMax: 16 * 1024 * 1024,
  congestedBytes: 4 * 1024 * 1024,
  bufferedBytesMax: 64 * 1024 * 1024,
  controlBytesMax: 8 * 1024 * 1024,
  peerCountMax: 10_000,
  messagesPerTurnMax: 1_000,
  handshakeTimeoutMs: 5_000,
  heartbeatIntervalMs: 5_000,
  heartbeatMissedMax: 3,
  reconnectDelayMsMin: 50,
  reconnectDelayMsMax: 5_000,
  http: {
    connectionCountMax: 20_000,
    requestsWaitingMax: 10_000,
    headerBytesMax: 16 * 1024,
    headerCountMax: 256,
    bodyBytesMax: 4 * 1024 * 1024,
    bodiesBytesMax: 256 * 1024 * 1024,
    compressionCountMax: 16,
    streamCountMax: 10_000,
    // A scheduler that asks about 100 000 tasks is answered 23 MB at once, however fast it reads.
    streamBufferedBytesMax: 32 * 1024 * 1024,
    streamsBufferedBytesMax: 256 * 1024 * 1024,
    stallTimeoutMs: 60_000,
    lingerMs: 2_000,
    probeDelayMs: 30_000,
    headersTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    checkIntervalMs: 5_000,
    handlerTimeoutMs: 30_000,
  },
};

/**
 * Of a master: every agent and every scheduler is a node that it is connected with, and each
 * connection is one of its HTTP server's.
 */
export const MASTER_LIMITS: TransportLimitsGiven = {
  peerCountMax: 100_000,
  http: { connectionCountMax: 120_000 },
};

/** What a caller may set: any of the limits, the others stay as they are. */
export type TransportLimitsGiven = Partial<Omit<TransportLimits, 'http'>> & {
  readonly http?: Partial<HttpLimits>;
};

export function limitsWith(given: TransportLimitsGiven = {}): TransportLimits {
  return { ...DEFAULT_LIMITS, ...given, http: { ...DEFAULT_LIMITS.http, ...given.http } };
}
