/**
 * The limit for test/bench/remote.ts: ws and cbor-x with nothing around them, two processes.
 * usage: node remote-ws.js oneWay|echo COUNT   (starts its own other half with `serve`)
 * oneWay: 256 messages a frame, each frame a CBOR sequence encoded at once. echo: one at a time.
 */
import { fork } from 'node:child_process';
import { Encoder } from 'cbor-x';
import { WebSocket, WebSocketServer } from 'ws';
import { ACKNOWLEDGE_EVERY, item, OUTSTANDING_COUNT_MAX } from '../remote-body.ts';

const [workload = '', countText = '0'] = process.argv.slice(2);
const codec = new Encoder({
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  tagUint8Array: false,
});

if (workload === 'serve') serve();
else await measure(Number(countText));

function serve(): void {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (socket) => {
    let received = 0;
    socket.on('message', (data: Buffer) => {
      codec.decodeMultiple(data, (envelope: unknown) => {
        const [kind] = envelope as [number];
        if (kind === 1) socket.send(data);
        else if (++received % ACKNOWLEDGE_EVERY === 0) socket.send(codec.encode(received));
        return undefined;
      });
    });
  });
  server.on('listening', () => process.send?.(server.address()));
  process.on('disconnect', () => process.exit(0));
  process.on('message', () => process.send?.(process.cpuUsage()));
}

async function measure(count: number): Promise<void> {
  const child = fork(import.meta.filename, ['serve'], { execArgv: process.execArgv });
  const next = <Value>() =>
    new Promise<Value>((resolve) => child.once('message', resolve as never));
  const { port } = await next<{ port: number }>();
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await new Promise((resolve) => socket.once('open', resolve));
  const run = workload === 'echo' ? echo : oneWay;
  await run(socket, Math.ceil(count / 10));
  const cpuOf = async () => {
    child.send('cpu');
    const other = await next<NodeJS.CpuUsage>();
    const own = process.cpuUsage();
    return (own.user + own.system + other.user + other.system) / 1000;
  };
  const cpuStartMs = await cpuOf();
  const startMs = performance.now();
  const figures = await run(socket, count);
  const wallMs = performance.now() - startMs;
  const cpuMs = (await cpuOf()) - cpuStartMs;
  console.log(JSON.stringify({ count, wallMs, cpuMs, ...figures }));
  child.disconnect();
  process.exit(0);
}

async function oneWay(socket: WebSocket, wanted: number): Promise<Record<string, number>> {
  const count = Math.ceil(wanted / ACKNOWLEDGE_EVERY) * ACKNOWLEDGE_EVERY;
  let sent = 0;
  let acknowledged = 0;
  await new Promise<void>((resolve) => {
    const pump = () => {
      while (sent < count && sent - acknowledged < OUTSTANDING_COUNT_MAX) {
        const parts: Buffer[] = [];
        for (let index = 0; index < 256; index++, sent++) {
          parts.push(codec.encode([0, 1, 2, 3, sent, 0, item(sent)]));
        }
        socket.send(Buffer.concat(parts));
      }
    };
    socket.on('message', () => {
      acknowledged += ACKNOWLEDGE_EVERY;
      if (acknowledged >= count) resolve();
      else pump();
    });
    pump();
  });
  socket.removeAllListeners('message');
  return { count };
}

async function echo(socket: WebSocket, count: number): Promise<Record<string, number>> {
  const latenciesUs: number[] = [];
  for (let index = 0; index < count; index++) {
    const startMs = performance.now();
    await new Promise<void>((resolve) => {
      socket.once('message', (data: Buffer) => {
        codec.decode(data);
        resolve();
      });
      socket.send(codec.encode([1, 1, 2, 3, index, 0, item(index)]));
    });
    latenciesUs.push((performance.now() - startMs) * 1000);
  }
  latenciesUs.sort((one, other) => one - other);
  return {
    p50Us: latenciesUs[Math.floor(count * 0.5)] ?? 0,
    p99Us: latenciesUs[Math.floor(count * 0.99)] ?? 0,
  };
}
