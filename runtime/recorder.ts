/**
 * The flight recorder: the last messages handled on this node, as numbers in a ring.
 *
 * It is always on, so a record costs two nanoseconds and no memory of its own. It keeps what led to
 * what (ids and causes), who handled it and when, not the contents. The ring grows with what is handled,
 * so that a node that lives shortly, or does little, does not pay for all of it.
 */
import type { Envelope } from './envelope.ts';

export interface FlightRecord {
  /** As of the dispatcher's last look at the clock, at most 32 messages before. */
  readonly atMs: number;
  readonly node: string;
  readonly id: number;
  readonly causeNode: string;
  readonly causeId: number;
  /** The name of the actor that handled it; undefined when that is not known any more. */
  readonly actor: string | undefined;
  readonly type: string | undefined;
}

/** What is looked for, and how the numbers in the ring are named. */
export interface RecordQuery {
  readonly actorAt: (index: number) => string | undefined;
  readonly typeAt: (index: number) => string | undefined;
  readonly matches: (record: FlightRecord) => boolean;
  readonly offset: number;
  readonly countMax: number;
}

/** A power of two; a record is 56 bytes. */
export const RECORD_COUNT_MAX = 16_384;
/** Names of other nodes that are remembered; further ones are recorded as `other`. */
const NODE_COUNT_MAX = 4096;
const FIELD_COUNT = 7;
/** With so many the ring begins; a power of two. */
const RECORD_COUNT_MIN = 64;

export class Recorder {
  private ring = new Float64Array(RECORD_COUNT_MIN * FIELD_COUNT);
  /** Of the ring as it is now. */
  private recordCountMax = RECORD_COUNT_MIN;
  private readonly nodes: string[];
  private readonly nodeIndexes = new Map<string, number>();
  private readonly ownNode: string;
  /** Most messages come from where the one before came from. */
  private lastNode: string;
  private lastNodeIndex = 0;
  private count = 0;

  constructor(ownNode: string) {
    this.ownNode = ownNode;
    this.nodes = [ownNode, 'other'];
    this.lastNode = ownNode;
  }

  record(envelope: Envelope, actorIndex: number, typeIndex: number, atMs: number): void {
    if (this.count === this.recordCountMax) this.grow();
    const at = (this.count++ & (this.recordCountMax - 1)) * FIELD_COUNT;
    const { ring, ownNode } = this;
    ring[at] = atMs;
    ring[at + 1] = envelope.node === ownNode ? 0 : this.nodeIndex(envelope.node);
    ring[at + 2] = envelope.id;
    ring[at + 3] = envelope.causeNode === ownNode ? 0 : this.nodeIndex(envelope.causeNode);
    ring[at + 4] = envelope.causeId;
    ring[at + 5] = actorIndex;
    ring[at + 6] = typeIndex;
  }

  /** The newest records that match, newest first. */
  list({ offset, countMax, matches, ...names }: RecordQuery): FlightRecord[] {
    const found: FlightRecord[] = [];
    const oldest = Math.max(0, this.count - RECORD_COUNT_MAX);
    let skip = offset;
    for (let number = this.count - 1; number >= oldest && found.length < countMax; number--) {
      const record = this.at(number, names);
      if (!matches(record)) continue;
      if (skip > 0) skip--;
      else found.push(record);
    }
    return found;
  }

  private at(number: number, names: Pick<RecordQuery, 'actorAt' | 'typeAt'>): FlightRecord {
    const at = (number & (this.recordCountMax - 1)) * FIELD_COUNT;
    const field = (index: number) => this.ring[at + index] ?? 0;
    return {
      atMs: field(0),
      node: this.nodes[field(1)] ?? 'other',
      id: field(2),
      causeNode: this.nodes[field(3)] ?? 'other',
      causeId: field(4),
      actor: names.actorAt(field(5)),
      type: names.typeAt(field(6)),
    };
  }

  /** It is full for the first time at this size. */
  private grow(): void {
    if (this.recordCountMax === RECORD_COUNT_MAX) return;
    this.recordCountMax *= 2;
    const { ring } = this;
    this.ring = new Float64Array(this.recordCountMax * FIELD_COUNT);
    this.ring.set(ring);
  }

  private nodeIndex(node: string): number {
    if (node === this.lastNode) return this.lastNodeIndex;
    this.lastNodeIndex = this.findNodeIndex(node);
    this.lastNode = node;
    return this.lastNodeIndex;
  }

  private findNodeIndex(node: string): number {
    let index = this.nodeIndexes.get(node);
    if (index === undefined) {
      if (this.nodes.length >= NODE_COUNT_MAX) return 1;
      index = this.nodes.push(node) - 1;
      this.nodeIndexes.set(node, index);
    }
    return index;
  }
}
