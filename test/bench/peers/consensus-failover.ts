/**
 * The leader of three members is killed, again and again: how long until another one has answered a write.
 * A write begins every few milliseconds at each of the two others; none that began before the kill counts.
 * The killed member is started again and caught up before the next is killed.
 * usage: node consensus-failover.js log|registry|etcd KILLS
 * Prints kill0Ms, kill1Ms, …
 */
import { setTimeout as pause } from 'node:timers/promises';
import { startEtcdGroup } from '../consensus/etcd-group.ts';
import type { Group } from '../consensus/group.ts';
import { startMessorGroup } from '../consensus/messor-group.ts';

const [kind = '', killText = '1'] = process.argv.slice(2);
const MEMBER_COUNT = 3;
const WRITE_INTERVAL_MS = 10;
/** Between a start and the next kill: nobody is in an election any more. */
const CALM_MS = 500;
const WAIT_MS_MAX = 30_000;

const group =
  kind === 'etcd'
    ? await startEtcdGroup(MEMBER_COUNT)
    : await startMessorGroup(kind === 'log' ? 'log' : 'registry', MEMBER_COUNT);
const killCount = Number(killText);
const figures: Record<string, number> = { count: killCount, wallMs: 0, cpuMs: 0 };
for (let kill = 0; kill < killCount; kill++) {
  const leader = await group.leader();
  await pause(CALM_MS);
  await writeOnce(group, leader);
  figures[`kill${kill}Ms`] = await killLeader(group, leader);
  await group.restart(leader);
}
await group.stop();
console.log(JSON.stringify(figures));
process.exit(0);

function killLeader(of: Group, leader: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const beganMs = performance.now();
    of.kill(leader);
    const writeToOthers = () => {
      if (performance.now() - beganMs > WAIT_MS_MAX) {
        end();
        reject(new Error('Nobody has led for a long time'));
      }
      for (let member = 0; member < MEMBER_COUNT; member++) {
        if (member === leader) continue;
        of.write(member, 'key', (failed) => {
          if (failed !== undefined) return;
          end();
          resolve(performance.now() - beganMs);
        });
      }
    };
    const timer = setInterval(writeToOthers, WRITE_INTERVAL_MS);
    const end = () => clearInterval(timer);
    writeToOthers();
  });
}

/** So that the connections to all of them stand. */
async function writeOnce(to: Group, leader: number): Promise<void> {
  await new Promise<void>((resolve, reject) =>
    to.write(leader, 'key', (failed) =>
      failed === undefined ? resolve() : reject(new Error(failed)),
    ),
  );
}
