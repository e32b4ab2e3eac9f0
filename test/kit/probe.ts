/**
 * A probe: one actor alone, without a system. It hands messages to the handlers and writes down what
 * the actor does with its context; time is virtual and stands still until `advance`.
 */
import type {
  ActorDefinition,
  Address,
  AnyAddress,
  AskOutcome,
  Context,
  MonitorId,
  SpawnSettings,
  Tagged,
  TimerId,
} from '../../runtime/actor.ts';
import { formatAddress, address as makeAddress, sameAddress } from '../../runtime/address.ts';
import { type LogRecord, logger } from '../../runtime/log.ts';

export const PROBE_NODE = 'probe:1';

/** An address to name in options and to ask `sentTo` about. */
export function address<Message>(name: string, node = PROBE_NODE): Address<Message> {
  return makeAddress<Message>(name, node);
}

export interface Sent<Message> {
  readonly atMs: number;
  readonly message: Message;
}

interface Spawned {
  readonly address: AnyAddress;
  readonly definition: string;
  readonly options: unknown;
  readonly settings: SpawnSettings;
}

interface Timer<Message> {
  readonly id: TimerId;
  readonly atMs: number;
  readonly message: Message;
}

export function probe<Options, State, Message extends Tagged>(
  definition: ActorDefinition<Options, State, Message>,
  options: Options,
  settings: { readonly random?: () => number; readonly startMs?: number } = {},
) {
  let nowMs = settings.startMs ?? 0;
  let counter = 0;
  let sender: AnyAddress | undefined;
  let timers: Timer<Message>[] = [];
  const sent: { to: AnyAddress; atMs: number; message: Tagged }[] = [];
  const spawned: Spawned[] = [];
  const stopped: AnyAddress[] = [];
  const links: AnyAddress[] = [];
  const logged: LogRecord[] = [];
  const deferred: Promise<void>[] = [];
  const asks = new Map<string, (reply: Tagged | undefined) => Message>();
  let seed = 1;
  const random =
    settings.random ??
    (() => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return seed / 0x80000000;
    });
  const self = address<Message>(definition.name);

  const context: Context<Options, Message> = calledOnItself({
    self,
    options,
    get sender() {
      return sender;
    },
    nowMs: () => nowMs,
    random,
    uuid: () => `00000000-0000-4000-8000-${String(++counter).padStart(12, '0')}`,
    send: (to, message) => void sent.push({ to, atMs: nowMs, message }),
    sendSelfAfter(delayMs, message) {
      const id = ++counter as TimerId;
      timers.push({ id, atMs: nowMs + delayMs, message });
      return id;
    },
    cancel: (timer) => {
      timers = timers.filter(({ id }) => id !== timer);
    },
    ask<To extends Tagged, Reply extends Tagged>(
      to: Address<To>,
      request: (replyTo: Address<Reply>) => To,
      { timeoutMs, onReply, onTimeout }: AskOutcome<Reply, Message>,
    ) {
      const replyTo = address<Reply>(`ask(${++counter})`);
      const settle = (reply: Tagged | undefined) => {
        asks.delete(replyTo.name);
        timers = timers.filter(({ id }) => id !== timer);
        return reply === undefined ? onTimeout() : onReply(reply as Reply);
      };
      asks.set(replyTo.name, settle);
      const timer = context.sendSelfAfter(timeoutMs, onTimeout());
      sent.push({ to, atMs: nowMs, message: request(replyTo) });
    },
    defer(promise, { onValue, onError }) {
      const settled = promise.then(
        (value) => receive(onValue(value)),
        (error: unknown) => receive(onError(error)),
      );
      deferred.push(settled);
    },
    link: (other) => void links.push(other),
    unlink: (other) => {
      const index = links.findIndex((link) => sameAddress(link, other));
      if (index >= 0) links.splice(index, 1);
    },
    monitor: (other) => {
      links.push(other);
      return ++counter as MonitorId;
    },
    demonitor: () => {},
    spawn<ChildOptions, ChildState, ChildMessage extends Tagged>(
      child: ActorDefinition<ChildOptions, ChildState, ChildMessage>,
      childOptions: ChildOptions,
      childSettings: SpawnSettings = {},
    ) {
      const name = childSettings.name ?? `${child.name}(${++counter})`;
      const childAddress = address<ChildMessage>(name);
      spawned.push({
        address: childAddress,
        definition: child.name,
        options: childOptions,
        settings: childSettings,
      });
      return childAddress;
    },
    stop: (actor) => void stopped.push(actor ?? self),
    log: logger(
      definition.name,
      () => nowMs,
      (record) => void logged.push(record),
    ),
  });

  const state = definition.initialState(options);
  definition.started?.(state, context);

  function receive(...messages: Message[]): void {
    for (const message of messages) {
      const handler = definition.handlers[message.type as Message['type']] as
        | ((state: State, message: Message, context: Context<Options, Message>) => void)
        | undefined;
      if (handler === undefined) throw new Error(`No handler for "${message.type}"`);
      handler(state, message, context);
    }
  }

  return {
    state,
    context,
    self,
    receive,
    /** Like `receive`, with `context.sender` set. */
    receiveFrom(from: AnyAddress, ...messages: Message[]): void {
      sender = from;
      try {
        receive(...messages);
      } finally {
        sender = undefined;
      }
    },
    /** Lets time pass; timers fire in the order of their times, each at its own time. */
    advance(durationMs: number): void {
      const endMs = nowMs + durationMs;
      for (;;) {
        const [next] = timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        timers = timers.filter(({ id }) => id !== next.id);
        nowMs = Math.max(nowMs, next.atMs);
        receive(next.message);
      }
      nowMs = endMs;
    },
    /** Answers the oldest open ask. */
    reply(message: Tagged): void {
      const [first] = asks.values();
      if (first === undefined) throw new Error('Nothing was asked');
      receive(first(message));
    },
    /** Waits until every promise handed to `defer` so far has come back as a message. */
    async settle(): Promise<void> {
      for (let index = 0; index < deferred.length; index++) await deferred[index];
    },
    sentTo<To>(to: Address<To>): Sent<To>[] {
      return sent
        .filter((entry) => sameAddress(entry.to, to))
        .map(({ atMs, message }) => ({ atMs, message: message as To }));
    },
    /** All that was sent since the last call, as `name type`, oldest first. */
    takeSent(): string[] {
      return sent.splice(0).map(({ to, message }) => `${formatAddress(to)} ${message.type}`);
    },
    spawned,
    stopped,
    links,
    logged,
    timers: () => timers,
    nowMs: () => nowMs,
  };
}

/** As in a real system, where a method that was taken out of its context has lost it. */
function calledOnItself<Kept extends object>(target: Kept): Kept {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(target))) {
    if (typeof value !== 'function') continue;
    const checked = function (this: unknown, ...given: unknown[]): unknown {
      if (this !== target)
        throw new Error(`"${name}" is called on the context, not taken out of it`);
      return Reflect.apply(value, target, given);
    };
    Object.defineProperty(target, name, { value: checked });
  }
  return target;
}
