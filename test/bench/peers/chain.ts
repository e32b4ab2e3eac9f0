/**
 * Ten hops from actor to actor while the same process serves WebSocket frames as fast as it can:
 * what a hop costs in a busy node, on Messor's runtime or on plain nact.
 * usage: node chain.js messor|nact COUNT   (starts its own load with `load PORT`)
 */
import { fork } from 'node:child_process';
import { dispatch, type Ref, spawn, start } from 'nact';
import { WebSocket, WebSocketServer } from 'ws';
import { type Address, defineActor } from '../../../runtime/actor.ts';
import { nodeHost } from '../../../runtime/node-host.ts';
import { createSystem } from '../../../runtime/system.ts';

const HOP_COUNT = 10;
const OUTSTANDING_FRAME_COUNT = 256;
const PAUSE_MS = 5;

const [contender = '', argument = '0'] = process.argv.slice(2);
if (contender === 'load') load(Number(argument));
else await measure(Number(argument));

/** Keeps frames outstanding; each answer sends the next. */
function load(port: number): void {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  const frame = Buffer.alloc(200, 7);
  socket.on('open', () => {
    for (let index = 0; index < OUTSTANDING_FRAME_COUNT; index++) socket.send(frame);
  });
  socket.on('message', () => socket.send(frame));
  process.on('disconnect', () => process.exit(0));
}

async function measure(count: number): Promise<void> {
  let frameCount = 0;
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (socket) =>
    socket.on('message', (data) => {
      frameCount++;
      socket.send(data);
    }),
  );
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const child = fork(import.meta.filename, ['load', String(port)], { execArgv: process.execArgv });
  await pause(1000);

  const run = contender === 'nact' ? nactChain() : messorChain();
  for (let index = 0; index < 100; index++) await run();
  const latenciesUs: number[] = [];
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const startFrameCount = frameCount;
  for (let index = 0; index < count; index++) {
    await pause(PAUSE_MS);
    const chainStartMs = performance.now();
    await run();
    latenciesUs.push((performance.now() - chainStartMs) * 1000);
  }
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  latenciesUs.sort((one, other) => one - other);
  console.log(
    JSON.stringify({
      count,
      wallMs,
      cpuMs: (user + system) / 1000,
      p50Us: latenciesUs[Math.floor(count * 0.5)],
      p99Us: latenciesUs[Math.floor(count * 0.99)],
      framesPerSecond: ((frameCount - startFrameCount) / wallMs) * 1000,
    }),
  );
  child.disconnect();
  process.exit(0);
}

/** The chain begins in a callback of the event loop, where requests of the outside begin. */
function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

function messorChain(): () => Promise<void> {
  interface Hop {
    readonly type: 'hop';
    readonly startedMs: number;
  }
  let arrived = () => {};
  const system = createSystem({
    node: '127.0.0.1:1',
    incarnation: 1,
    host: nodeHost({ logSink: () => {} }),
  });
  const hop = defineActor<{ readonly next: Address<Hop> | undefined }, null, Hop>({
    name: 'hop',
    initialState: () => null,
    handlers: {
      hop(_, message, context) {
        if (context.options.next === undefined) arrived();
        else context.send(context.options.next, message);
      },
    },
  });
  let next: Address<Hop> | undefined;
  for (let index = 0; index < HOP_COUNT; index++) next = system.spawn(hop, { next });
  const first = next;
  return () =>
    new Promise((resolve) => {
      arrived = resolve;
      if (first !== undefined) system.send(first, { type: 'hop', startedMs: 0 });
    });
}

function nactChain(): () => Promise<void> {
  let arrived = () => {};
  const system = start();
  let next: Ref<number> | undefined;
  for (let index = 0; index < HOP_COUNT; index++) {
    const target = next;
    next = spawn(
      system,
      (_, message: number) => {
        if (target === undefined) arrived();
        else dispatch(target, message);
      },
      `hop-${index}`,
    );
  }
  const first = next;
  return () =>
    new Promise((resolve) => {
      arrived = resolve;
      if (first !== undefined) dispatch(first, 0);
    });
}
