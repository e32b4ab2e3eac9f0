/** A scheduler that speaks the v1 API over real sockets, in either encoding. */
import { equal, ok } from 'node:assert/strict';
import { decodeV1, type Encoding, encodeV1 } from '../../actors/protocol/v1/codec.ts';
import type { V1, V1Enum } from '../../actors/protocol/v1/dictionary.ts';
import { RecordDecoder } from '../../transport/http/recordio.ts';
import { type Afterwards, eventually, lastFirst } from './programs.ts';
import { FRAMEWORK_INFO, type SchedulerCall, type SchedulerEvent } from './scheduler-client.ts';
import { MEDIA_TYPES } from './wild-requests.ts';

export interface LiveSchedulerOptions {
  readonly encoding?: Encoding;
  readonly info?: Partial<V1<'FrameworkInfo'>>;
  /** Default true: what is to be acknowledged is, at once. */
  readonly acknowledges?: boolean;
}

export type Status = V1<'TaskStatus'>;

export class LiveScheduler {
  readonly encoding: Encoding;
  readonly events: SchedulerEvent[] = [];
  ended = false;
  readonly #master: string;
  readonly #acknowledges: boolean;
  readonly #leaving = new AbortController();
  readonly #taken = new Set<string>();
  #streamId = '';

  private constructor(
    master: string,
    { encoding = 'json', acknowledges = true }: LiveSchedulerOptions,
  ) {
    this.#master = master;
    this.encoding = encoding;
    this.#acknowledges = acknowledges;
  }

  /** Resolves when it is a framework. */
  static async subscribe(
    afterwards: Afterwards,
    master: string,
    options: LiveSchedulerOptions = {},
  ): Promise<LiveScheduler> {
    const scheduler = new LiveScheduler(master, options);
    lastFirst(afterwards, async () => scheduler.leave());
    const framework_info = { ...FRAMEWORK_INFO, ...options.info };
    const id = framework_info.id;
    const response = await scheduler.#post({
      type: 'SUBSCRIBE',
      ...(id && { framework_id: id }),
      subscribe: { framework_info },
    });
    equal(response.status, 200);
    scheduler.#streamId = response.headers.get('mesos-stream-id') ?? '';
    scheduler.#read(response).catch(() => {
      scheduler.ended = true;
    });
    await scheduler.until('it is subscribed', ({ type }) => type === 'HEARTBEAT');
    return scheduler;
  }

  get streamId(): string {
    return this.#streamId;
  }

  get frameworkId(): string {
    const [event] = this.all('SUBSCRIBED');
    return event?.subscribed?.framework_id.value ?? '';
  }

  all(type: V1Enum<'scheduler.Event.Type'>): readonly SchedulerEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  /** Of updates, in their order. */
  get statuses(): readonly Status[] {
    return this.all('UPDATE').flatMap(({ update }) => update?.status ?? []);
  }

  until(what: string, condition: (event: SchedulerEvent) => boolean): Promise<SchedulerEvent> {
    return eventually(what, async () => {
      const event = this.events.find(condition);
      if (event === undefined && this.ended) throw new Error(`The stream ended before ${what}`);
      return event;
    });
  }

  async untilCount(count: number, state: V1Enum<'TaskState'>): Promise<readonly Status[]> {
    const found = () => this.statuses.filter((status) => status.state === state);
    return eventually(`${count} tasks are ${state}`, async () =>
      found().length >= count ? found() : undefined,
    );
  }

  /** The newest that it has not taken yet. @param agentId default: of any agent */
  async offer(agentId?: string): Promise<V1<'Offer'>> {
    const fits = ({ id, agent_id }: V1<'Offer'>) =>
      !this.#taken.has(id.value) && (agentId === undefined || agent_id.value === agentId);
    const offer = await eventually('there is an offer', async () => {
      const rescinded = this.all('RESCIND').map((event) => event.rescind?.offer_id.value);
      return this.all('OFFERS')
        .flatMap(({ offers }) => offers?.offers ?? [])
        .filter(({ id }) => !rescinded.includes(id.value))
        .findLast(fits);
    });
    this.#taken.add(offer.id.value);
    return offer;
  }

  async accepted(call: SchedulerCall): Promise<void> {
    const named = { framework_id: { value: this.frameworkId }, ...call };
    const response = await this.#post(named, { 'mesos-stream-id': this.#streamId });
    equal(await response.text(), '');
    equal(response.status, 202);
  }

  launch(offer: V1<'Offer'>, task_infos: readonly V1<'TaskInfo'>[]): Promise<void> {
    return this.accepted({
      type: 'ACCEPT',
      accept: { offer_ids: [offer.id], operations: [{ type: 'LAUNCH', launch: { task_infos } }] },
    });
  }

  leave(): void {
    this.#leaving.abort();
  }

  #post(call: SchedulerCall, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const type = MEDIA_TYPES[this.encoding];
    return fetch(`http://${this.#master}/api/v1/scheduler`, {
      method: 'POST',
      headers: { 'content-type': type, accept: type, ...headers },
      body: Buffer.from(encodeV1('scheduler.Call', this.encoding, call)),
      signal: this.#leaving.signal,
    });
  }

  async #read({ body }: Response): Promise<void> {
    ok(body !== null);
    const decoder = new RecordDecoder();
    for await (const chunk of body) {
      for (const record of decoder.push(chunk)) {
        const event = decodeV1('scheduler.Event', this.encoding, record);
        this.events.push(event);
        const { agent_id, task_id, uuid } = event.update?.status ?? {};
        if (!this.#acknowledges || agent_id === undefined || task_id === undefined) continue;
        if (uuid === undefined) continue;
        await this.accepted({ type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } });
      }
    }
    this.ended = true;
  }
}
