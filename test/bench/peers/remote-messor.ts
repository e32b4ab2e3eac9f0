/**
 * The workloads of test/bench/remote.ts between actors of two Messor nodes in two processes: mailbox,
 * envelope, guard, decode, check of the message, mailbox.
 * usage: node remote-messor.js oneWay|ask|stalled COUNT   (starts its own other half with `serve`)
 * stalled: the other process is stopped while this one goes on sending; how far memory grows.
 */
import { fork } from 'node:child_process';
import { type Address, defineActor } from '../../../runtime/actor.ts';
import { address } from '../../../runtime/address.ts';
import {
  acceptor,
  boolean,
  integer,
  number,
  object,
  string,
  union,
} from '../../../runtime/decode.ts';
import { nodeHost } from '../../../runtime/node-host.ts';
import { createSystem } from '../../../runtime/system.ts';
import { startTransport } from '../../../transport/transport.ts';
import { ACKNOWLEDGE_EVERY, type Item, item, OUTSTANDING_COUNT_MAX } from '../remote-body.ts';

const [workload = '', countText = '0'] = process.argv.slice(2);
if (workload === 'serve') await serve();
else await measure(Number(countText));

interface Credit {
  readonly type: 'credit';
}
interface Question extends Omit<Item, 'type'> {
  readonly type: 'question';
  readonly replyTo: Address<Answer>;
}
interface Answer extends Omit<Item, 'type'> {
  readonly type: 'answer';
}

async function startNode(listen: boolean) {
  const host = nodeHost({ logSink: () => {} });
  const incarnation = Math.floor(host.nowMs());
  const transport = await startTransport({
    host,
    cluster: 'bench',
    incarnation,
    ...(listen ? { listen: { address: '127.0.0.1', port: 0 } } : { name: 'bench' }),
  });
  const system = createSystem({ node: transport.node, incarnation, host, carrier: transport });
  return { transport, system };
}

async function serve(): Promise<void> {
  const { transport, system } = await startNode(true);
  const consumer = defineActor<null, { received: number }, Item | Question>({
    name: 'consumer',
    initialState: () => ({ received: 0 }),
    accepts: checkItems(),
    handlers: {
      item(state, _, context) {
        if (++state.received % ACKNOWLEDGE_EVERY > 0 || context.sender === undefined) return;
        context.send(context.sender as Address<Credit>, { type: 'credit' });
      },
      question(_, { replyTo, ...rest }, context) {
        context.send(replyTo, { ...rest, type: 'answer' });
      },
    },
  });
  system.spawn(consumer, null, { name: 'consumer' });
  process.on('disconnect', () => process.exit(0));
  process.on('message', () => process.send?.(process.cpuUsage()));
  process.send?.(transport.node);
}

async function measure(count: number): Promise<void> {
  const child = fork(import.meta.filename, ['serve'], { execArgv: process.execArgv });
  const next = <Value>() =>
    new Promise<Value>((resolve) => child.once('message', resolve as never));
  const consumer = address<Item | Question>('consumer', await next<string>());
  const { system } = await startNode(false);

  const ask = async (wanted: number): Promise<Record<string, number>> => {
    const latenciesUs: number[] = [];
    for (let index = 0; index < wanted; index++) {
      const startMs = performance.now();
      await system.ask(
        consumer,
        (replyTo: Address<Answer>) => ({ ...item(index), type: 'question' as const, replyTo }),
        5000,
      );
      latenciesUs.push((performance.now() - startMs) * 1000);
    }
    latenciesUs.sort((one, other) => one - other);
    return {
      p50Us: latenciesUs[Math.floor(wanted * 0.5)] ?? 0,
      p99Us: latenciesUs[Math.floor(wanted * 0.99)] ?? 0,
    };
  };

  /** Sends in its own turn, 128 at a time, while the other side keeps giving credit. */
  const oneWay = (wanted: number): Promise<Record<string, number>> =>
    new Promise((resolve) => {
      const total = Math.ceil(wanted / ACKNOWLEDGE_EVERY) * ACKNOWLEDGE_EVERY;
      const sender = defineActor<
        null,
        { sent: number; credited: number; pumping: boolean },
        Credit | { readonly type: 'pump' }
      >({
        name: 'sender',
        initialState: () => ({ sent: 0, credited: 0, pumping: true }),
        started: (_, context) => context.send(context.self, { type: 'pump' }),
        accepts: acceptor(union<Credit, 'type'>('type', { credit: [{}] })),
        handlers: {
          pump(state, _, context) {
            const room = OUTSTANDING_COUNT_MAX - (state.sent - state.credited);
            const batch = Math.min(128, room, total - state.sent);
            for (let index = 0; index < batch; index++) context.send(consumer, item(state.sent++));
            state.pumping = batch > 0;
            if (state.pumping) context.send(context.self, { type: 'pump' });
          },
          credit(state, _, context) {
            state.credited += ACKNOWLEDGE_EVERY;
            if (state.credited >= total) {
              context.stop();
              resolve({ count: total });
            } else if (!state.pumping) {
              state.pumping = true;
              context.send(context.self, { type: 'pump' });
            }
          },
        },
      });
      system.spawn(sender, null);
    });

  /** Nobody gives credit: what the transport doesn't take must not pile up. */
  const stalled = async (wanted: number): Promise<Record<string, number>> => {
    await ask(10);
    child.kill('SIGSTOP');
    globalThis.gc?.();
    const before = process.memoryUsage();
    let peakBytes = 0;
    for (let sent = 0; sent < wanted; ) {
      for (let index = 0; index < 1000; index++) system.send(consumer, item(sent++));
      await new Promise((resolve) => setImmediate(resolve));
      const { heapUsed, external, arrayBuffers } = process.memoryUsage();
      const base = before.heapUsed + before.external + before.arrayBuffers;
      peakBytes = Math.max(peakBytes, heapUsed + external + arrayBuffers - base);
    }
    child.kill('SIGKILL');
    return { peakMiB: peakBytes / 2 ** 20 };
  };

  const workloads: Readonly<Record<string, (wanted: number) => Promise<Record<string, number>>>> = {
    ask,
    oneWay,
    stalled,
  };
  const run = workloads[workload];
  if (run === undefined) throw new Error(`Unknown workload "${workload}"`);
  if (workload !== 'stalled') await run(Math.ceil(count / 10));
  const cpuOf = async () => {
    if (workload === 'stalled') return 0;
    child.send('cpu');
    const other = await next<NodeJS.CpuUsage>();
    const own = process.cpuUsage();
    return (own.user + own.system + other.user + other.system) / 1000;
  };
  const cpuStartMs = await cpuOf();
  const startMs = performance.now();
  const figures = await run(count);
  const wallMs = performance.now() - startMs;
  const cpuMs = (await cpuOf()) - cpuStartMs;
  console.log(JSON.stringify({ count, wallMs, cpuMs, ...figures }));
  process.exit(0);
}

function checkItems() {
  const fields = {
    sequence: integer(0),
    taskId: string(255),
    agentId: string(255),
    state: string(20),
    timestampMs: number(0, Number.MAX_SAFE_INTEGER),
    healthy: boolean,
  };
  const replyTo = object<{ node: string; name: string; incarnation?: number }>(
    { node: string(255), name: string(255) },
    { incarnation: integer(0) },
  );
  return acceptor(
    union<Item | Question, 'type'>('type', {
      item: [fields],
      question: [{ ...fields, replyTo }],
    }),
  );
}
