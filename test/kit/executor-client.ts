/**
 * An executor that speaks the v1 API to an agent of a virtual cluster: its program is any script that goes
 * on, and what it says the test says.
 */
import { equal, ok } from 'node:assert/strict';
import { decodeV1, type Encoding, encodeV1 } from '../../actors/protocol/v1/codec.ts';
import type { V1, V1Enum } from '../../actors/protocol/v1/dictionary.ts';
import { RecordDecoder } from '../../transport/http/recordio.ts';
import type { ClusterAgent } from './cluster.ts';
import type { HttpCluster } from './http-cluster.ts';
import type { Answered } from './http-routes.ts';
import { MEDIA_TYPE } from './scheduler-client.ts';

type ExecutorCall = Omit<V1<'executor.Call'>, 'framework_id' | 'executor_id'>;

export interface ExecutorClientOptions {
  readonly frameworkId: string;
  readonly executorId: string;
  /** Default: the first. */
  readonly agent?: ClusterAgent;
  readonly encoding?: Encoding;
}

export class ExecutorClient {
  readonly #cluster: HttpCluster;
  readonly #options: ExecutorClientOptions;
  readonly #encoding: Encoding;
  #answer: Answered | undefined;
  #updateCount = 0;

  constructor(cluster: HttpCluster, options: ExecutorClientOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#encoding = options.encoding ?? 'json';
  }

  /** Of the present stream. */
  get events(): readonly V1<'executor.Event'>[] {
    const decoder = new RecordDecoder();
    return (this.#answer?.stream?.records ?? [])
      .flatMap((chunk) => decoder.push(chunk))
      .map((record) => decodeV1('executor.Event', this.#encoding, record));
  }

  get types(): readonly string[] {
    return this.events.map(({ type }) => type ?? '');
  }

  get ended() {
    return this.#answer?.stream?.ended;
  }

  call(call: ExecutorCall): Promise<Answered> {
    const { frameworkId, executorId, agent } = this.#options;
    const ids = { framework_id: { value: frameworkId }, executor_id: { value: executorId } };
    const type = MEDIA_TYPE[this.#encoding];
    return this.#cluster.world.settle(
      this.#cluster.askAgent(agent)('POST', '/api/v1/executor', {
        headers: { 'content-type': type, accept: type },
        body: encodeV1('executor.Call', this.#encoding, { ...ids, ...call }),
      }),
    );
  }

  /** Again: what it still has is said in `subscribe`. */
  async subscribe(subscribe: V1<'executor.Call.Subscribe'> = {}): Promise<void> {
    this.#answer = await this.call({ type: 'SUBSCRIBE', subscribe });
    equal(this.#answer.status, 200, this.#answer.text);
    await this.until('SUBSCRIBED');
  }

  /** The first of this type on the present stream. */
  async until(type: V1Enum<'executor.Event.Type'>): Promise<V1<'executor.Event'>> {
    const found = () => this.events.find((event) => event.type === type);
    await this.#cluster.world.runUntil(() => found() !== undefined, 60_000);
    const event = found();
    ok(event !== undefined);
    return event;
  }

  async update(
    taskId: string,
    state: V1Enum<'TaskState'>,
    more: Partial<V1<'TaskStatus'>> = {},
  ): Promise<Uint8Array> {
    // Of version 4, as it has to be of some.
    const uuid = Buffer.alloc(16, 0x40);
    uuid.writeUInt32BE(++this.#updateCount);
    const status = { task_id: { value: taskId }, state, source: 'SOURCE_EXECUTOR', uuid } as const;
    const { status: code, text } = await this.call({
      type: 'UPDATE',
      update: { status: { ...status, ...more } },
    });
    equal(code, 202, text);
    return uuid;
  }

  /** The stream breaks. */
  leave(): void {
    this.#answer?.stream?.leave();
  }
}

/** Subscribes as soon as the executor's program runs. */
export async function subscribeExecutor(
  cluster: HttpCluster,
  options: ExecutorClientOptions,
): Promise<ExecutorClient> {
  const { machine } = options.agent ?? cluster.agents[0] ?? {};
  await cluster.world.runUntil(() => (machine?.running.size ?? 0) > 0, 60_000);
  const client = new ExecutorClient(cluster, options);
  await client.subscribe();
  return client;
}
