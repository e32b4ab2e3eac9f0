/** The message that all remote contenders carry: about 200 bytes of CBOR, the shape of a status update. */
export interface Item {
  readonly type: 'item';
  readonly sequence: number;
  readonly taskId: string;
  readonly agentId: string;
  readonly state: string;
  readonly timestampMs: number;
  readonly healthy: boolean;
}

export function item(sequence: number): Item {
  return {
    type: 'item',
    sequence,
    taskId: 'word-count.3f2c9a10-7a54-4f0e-9c39-0d4b8f6f2a11',
    agentId: '8c1b7c1e-0f7e-4f39-9b55-6f3d4f3b2d10-S1042',
    state: 'running',
    timestampMs: 1_795_246_391_123,
    healthy: true,
  };
}

/** Batches that are on their way before the sender waits for word from the other side. */
export const OUTSTANDING_COUNT_MAX = 16_384;
export const ACKNOWLEDGE_EVERY = 2048;
