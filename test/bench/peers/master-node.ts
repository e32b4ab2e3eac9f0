/**
 * A master as it is deployed: over the real wire, with its registry in a log on disk.
 * usage: forked with PORT DIRECTORY
 */
import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ALLOCATOR_DEFAULTS } from '../../../actors/master/allocator/allocator.ts';
import { mastership } from '../../../actors/master/mastership.ts';
import { MASTER_DEFAULTS } from '../../../actors/master/options.ts';
import { startRaftStore } from '../../../actors/master/registry/raft-store.ts';
import { nodeLogDirectories } from '../../../bin/log-directories.ts';
import { nodeDisk } from '../../../consensus/node-disk.ts';
import { nodeHost } from '../../../runtime/node-host.ts';
import { createSystem } from '../../../runtime/system.ts';
import { MASTER_LIMITS } from '../../../transport/limits.ts';
import { startTransport } from '../../../transport/transport.ts';
import { watchLoop } from '../loop-watch.ts';
import { profileInto } from '../master/profile.ts';
import { answerOrders } from '../master/talk.ts';

const [port = '0', directory = ''] = process.argv.slice(2);
const startedMs = Date.now();
const host = nodeHost({
  logSink: ({ level, text }) => {
    if (level === 'error') console.error(`master: ${text}`);
  },
});
const transport = await startTransport({
  ...{ host, cluster: 'bench', incarnation: startedMs },
  listen: { address: '127.0.0.1', port: Number(port) },
  limits: MASTER_LIMITS,
});
const { node } = transport;
const system = createSystem({ node, incarnation: startedMs, host, carrier: transport });
const logDirectories = nodeLogDirectories(directory);
system.spawn(mastership, {
  candidate: { node, masterId: randomUUID(), version: '0' },
  startStore: startRaftStore({ nodes: [node], disk: nodeDisk(directory), logDirectories }),
  masters: [node],
  master: {
    ...{ cluster: 'bench', version: '0', weights: [], registryIsDurable: true },
    settings: MASTER_DEFAULTS,
    allocator: ALLOCATOR_DEFAULTS,
  },
});

const profile = profileInto(process.env['BENCH_PROFILE']);
profile.begin();
let busy = watchLoop();
const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
let beginning = process.cpuUsage();
let beginMs = performance.now();
answerOrders(
  { node, startedMs },
  () => {
    const { user, system: inSystem } = process.cpuUsage(beginning);
    const loop = busy();
    profile.write();
    busy = watchLoop();
    return {
      ...loop,
      ...{ wallMs: performance.now() - beginMs, cpuMs: (user + inSystem) / 1000 },
      ...{ delayP99Ms: delays.percentile(99) / 1e6, rssBytes: process.memoryUsage().rss },
      peakBytes: process.resourceUsage().maxRSS * 1024,
      heapBytes: process.memoryUsage().heapUsed,
    };
  },
  () => {
    busy();
    busy = watchLoop();
    delays.reset();
    beginning = process.cpuUsage();
    beginMs = performance.now();
    setImmediate(() => profile.begin());
  },
);
