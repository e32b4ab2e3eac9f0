/**
 * A scheduler that speaks the v1 API to a virtual cluster, in either encoding: it subscribes, reads its
 * events, and calls.
 */
import { equal, ok } from 'node:assert/strict';
import { decodeV1, type Encoding, encodeV1 } from '../../actors/protocol/v1/codec.ts';
import type { V1, V1Enum } from '../../actors/protocol/v1/dictionary.ts';
import { RecordDecoder } from '../../transport/http/recordio.ts';
import type { HttpCluster } from './http-cluster.ts';
import type { Answered, ReadStream } from './http-routes.ts';
import type { VirtualNode } from './virtual-world.ts';

export type SchedulerEvent = V1<'scheduler.Event'>;
export type SchedulerCall = V1<'scheduler.Call'>;
type EventType = V1Enum<'scheduler.Event.Type'>;

export const MEDIA_TYPE = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
} as const satisfies Record<Encoding, string>;

export interface ClientOptions {
  readonly encoding?: Encoding;
  readonly info?: Partial<V1<'FrameworkInfo'>>;
  readonly subscribe?: Partial<V1<'scheduler.Call.Subscribe'>>;
  readonly master?: VirtualNode;
  readonly principal?: string;
}

export class SchedulerClient {
  readonly encoding: Encoding;
  readonly answer: Answered;
  readonly #cluster: HttpCluster;
  readonly #options: ClientOptions;
  readonly #stream: ReadStream;

  constructor(cluster: HttpCluster, options: ClientOptions, answer: Answered) {
    this.#cluster = cluster;
    this.#options = options;
    this.encoding = options.encoding ?? 'json';
    this.answer = answer;
    ok(answer.stream !== undefined, `SUBSCRIBE is answered by ${answer.status} ${answer.text}`);
    this.#stream = answer.stream;
  }

  get streamId(): string {
    return this.answer.headers['Mesos-Stream-Id'] ?? '';
  }

  get frameworkId(): string {
    return this.all('SUBSCRIBED')[0]?.subscribed?.framework_id.value ?? '';
  }

  get ended(): ReadStream['ended'] {
    return this.#stream.ended;
  }

  /** What it has read so far. Each record came as one chunk. */
  get events(): readonly SchedulerEvent[] {
    return this.#stream.records.map((chunk) => {
      const [record, ...more] = new RecordDecoder().push(chunk);
      ok(record !== undefined && more.length === 0, 'a chunk is a record');
      return decodeV1('scheduler.Event', this.encoding, record);
    });
  }

  get types(): readonly (EventType | undefined)[] {
    return this.events.map(({ type }) => type);
  }

  all(type: EventType): readonly SchedulerEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  /** The first of this type, from the given place on. */
  async until(type: EventType, from = 0): Promise<SchedulerEvent> {
    await this.#cluster.world.runUntil(() => this.all(type).length > from, 60_000);
    const event = this.all(type)[from];
    ok(event !== undefined);
    return event;
  }

  async untilState(state: V1Enum<'TaskState'>): Promise<V1<'TaskStatus'>> {
    await this.#cluster.world.runUntil(() => this.statusOf(state) !== undefined, 60_000);
    const status = this.statusOf(state);
    ok(status !== undefined);
    return status;
  }

  /** Of all updates so far. */
  get statuses(): readonly V1<'TaskStatus'>[] {
    return this.all('UPDATE').flatMap(({ update }) => update?.status ?? []);
  }

  /** The first of this task with this state, from the given place of all updates on. */
  async untilTask(id: string, state: V1Enum<'TaskState'>, from = 0): Promise<V1<'TaskStatus'>> {
    const found = () =>
      this.statuses
        .slice(from)
        .find((status) => status.task_id.value === id && status.state === state);
    await this.#cluster.world.runUntil(() => found() !== undefined, 120_000);
    const status = found();
    ok(status !== undefined);
    return status;
  }

  statusOf(state: V1Enum<'TaskState'>): V1<'TaskStatus'> | undefined {
    return this.all('UPDATE').find(({ update }) => update?.status.state === state)?.update?.status;
  }

  async offer(from = 0): Promise<V1<'Offer'>> {
    const offer = (await this.until('OFFERS', from)).offers?.offers?.[0];
    ok(offer !== undefined);
    return offer;
  }

  /** Says nothing of stream and framework but what is given. */
  post(call: SchedulerCall, headers: Readonly<Record<string, string>>): Promise<Answered> {
    const { master, principal } = this.#options;
    return this.#cluster.world.settle(
      this.#cluster.ask(master)('POST', '/api/v1/scheduler', {
        headers: { 'content-type': MEDIA_TYPE[this.encoding], ...headers },
        body: encodeV1('scheduler.Call', this.encoding, call),
        ...(principal !== undefined && { principal: { value: principal, claims: {} } }),
      }),
    );
  }

  /** As its framework, on its stream. */
  call(call: SchedulerCall): Promise<Answered> {
    return this.post(
      { framework_id: { value: this.frameworkId }, ...call },
      { 'mesos-stream-id': this.streamId },
    );
  }

  async accepted(call: SchedulerCall): Promise<void> {
    const { status, text } = await this.call(call);
    equal(text, '');
    equal(status, 202);
  }

  launch(
    offer: V1<'Offer'>,
    tasks: readonly V1<'TaskInfo'>[],
    filters: V1<'Filters'> = {},
  ): Promise<void> {
    return this.accepted({
      type: 'ACCEPT',
      accept: {
        offer_ids: [offer.id],
        operations: [{ type: 'LAUNCH', launch: { task_infos: tasks } }],
        filters,
      },
    });
  }

  acknowledge({ agent_id, task_id, uuid }: V1<'TaskStatus'>): Promise<void> {
    ok(agent_id !== undefined && uuid !== undefined, 'the status is to be acknowledged');
    return this.accepted({ type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } });
  }

  /** It goes away without a word. */
  leave(): void {
    this.#stream.leave();
  }
}

export const FRAMEWORK_INFO: V1<'FrameworkInfo'> = { user: 'somebody', name: 'tests' };

export async function postSubscribe(
  cluster: HttpCluster,
  options: ClientOptions,
): Promise<Answered> {
  const { encoding = 'json', info, subscribe, master, principal } = options;
  const framework_info = { ...FRAMEWORK_INFO, ...info };
  const call: SchedulerCall = {
    type: 'SUBSCRIBE',
    ...(framework_info.id && { framework_id: framework_info.id }),
    subscribe: { framework_info, ...subscribe },
  };
  return cluster.world.settle(
    cluster.ask(master)('POST', '/api/v1/scheduler', {
      headers: { 'content-type': MEDIA_TYPE[encoding], accept: MEDIA_TYPE[encoding] },
      body: encodeV1('scheduler.Call', encoding, call),
      ...(principal !== undefined && { principal: { value: principal, claims: {} } }),
    }),
  );
}

/** Posts SUBSCRIBE, and reads. */
export async function openClient(
  cluster: HttpCluster,
  options: ClientOptions = {},
): Promise<SchedulerClient> {
  return new SchedulerClient(cluster, options, await postSubscribe(cluster, options));
}

/** And is a framework by now. */
export async function subscribeClient(
  cluster: HttpCluster,
  options: ClientOptions = {},
): Promise<SchedulerClient> {
  const client = await openClient(cluster, options);
  await client.until('HEARTBEAT');
  return client;
}

/** @param script a program of `scripted-launcher.ts` */
export function commandTask(
  id: string,
  offer: V1<'Offer'>,
  script: string,
  more: Partial<V1<'TaskInfo'>> = {},
): V1<'TaskInfo'> {
  return {
    name: id,
    task_id: { value: id },
    agent_id: offer.agent_id,
    resources: [
      { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } },
      { name: 'mem', type: 'SCALAR', scalar: { value: 32 } },
    ],
    command: { value: script },
    ...more,
  };
}
