/**
 * Durable writes to a group on loopback: its members are processes, the clients are in this one.
 * Every client has one write under way. All write to the leader.
 * usage: node consensus-writes.js log|registry|etcd MEMBERS CLIENTS,CLIENTS,… [MS]
 * Prints for each number of clients N: rateN, serverUsN and clientUsN (CPU of each write, of all
 * members and of this process), p50MsN and p99MsN.
 */
import { startEtcdGroup } from '../consensus/etcd-group.ts';
import { cpuMsOf, type Group, KEY_COUNT, percentile } from '../consensus/group.ts';
import { startMessorGroup } from '../consensus/messor-group.ts';

const [kind = '', memberText = '1', clientText = '1', measureText = '1500'] = process.argv.slice(2);
const memberCount = Number(memberText);
/** What runs for the first time is compiled meanwhile; until so many, or for so long. */
const WARM_UP_COUNT = 30_000;
const WARM_UP_MS_MAX = 6000;
const measureMs = Number(measureText);

const group =
  kind === 'etcd'
    ? await startEtcdGroup(memberCount)
    : await startMessorGroup(kind === 'log' ? 'log' : 'registry', memberCount);
const leader = await group.leader();
const figures: Record<string, number> = { count: 0, wallMs: 0, cpuMs: 0 };
await drive(group, 64, WARM_UP_MS_MAX, WARM_UP_COUNT);
for (const clientCount of clientText.split(',').map(Number)) {
  await drive(group, clientCount, measureMs / 4);
  for (const [name, figure] of Object.entries(await drive(group, clientCount, measureMs))) {
    figures[`${name}${clientCount}`] = figure;
  }
}
await group.stop();
console.log(JSON.stringify(figures));
process.exit(0);

async function drive(
  to: Group,
  clientCount: number,
  forMs: number,
  countMax = Number.POSITIVE_INFINITY,
) {
  const processIds = to.processIds();
  const latenciesMs: number[] = [];
  const own = process.cpuUsage();
  const serverStartMs = cpuMsOf(processIds);
  const startMs = performance.now();
  const endMs = startMs + forMs;
  await Promise.all(
    Array.from({ length: clientCount }, async (_, client) => {
      let at = client;
      for (let beganMs = startMs; beganMs < endMs && latenciesMs.length < countMax; ) {
        at = (at + clientCount) % KEY_COUNT;
        await new Promise<void>((resolve, reject) =>
          to.write(leader, `key-${at}`, (failed) =>
            failed === undefined ? resolve() : reject(new Error(failed)),
          ),
        );
        const nowMs = performance.now();
        latenciesMs.push(nowMs - beganMs);
        beganMs = nowMs;
      }
    }),
  );
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(own);
  const serverMs = cpuMsOf(processIds) - serverStartMs;
  const count = latenciesMs.length;
  latenciesMs.sort((one, other) => one - other);
  return {
    rate: (count / wallMs) * 1000,
    serverUs: (serverMs * 1000) / count,
    clientUs: (user + system) / count,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
  };
}
