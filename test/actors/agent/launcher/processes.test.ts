/** Which processes belong to a container, told from what /proc says. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ContainerProcess,
  markIn,
  type ProcessEntry,
  parseStat,
  processesOf,
  readProcesses,
} from '../../../../actors/agent/launcher/processes.ts';

const container: ContainerProcess = { containerId: 'c', processId: 10, ended: false };

test('a line of /proc/PID/stat is read whatever the program is called', () => {
  const rest = 'S 7 8 9 0 -1 4194304 178 0 0 0 0 0 0 0 20 0 1 0 4388 26 400 18446';
  deepEqual(parseStat(`42 (a) b) (c) ${rest}`), {
    processId: 42,
    parentId: 7,
    groupId: 8,
    sessionId: 9,
    ended: false,
    startedMs: 43_880,
  });
  equal(parseStat(`42 (zombie) ${rest.replace('S', 'Z')}`)?.ended, true);
  equal(parseStat(''), undefined);
  equal(parseStat('42 (half'), undefined);
});

test('the mark is found at the begin, in the middle and at the end of an environment', () => {
  const mark = 'MESSOR_CONTAINER_ID=c-1';
  const found = [mark, `${mark}\0A=1\0`, `A=1\0${mark}\0B=2\0`, `A=1\0${mark}`].map((text) =>
    markIn(Buffer.from(text)),
  );
  deepEqual(found, ['c-1', 'c-1', 'c-1', 'c-1']);
  equal(markIn(Buffer.from('X_MESSOR_CONTAINER_ID=c-1\0')), undefined);
  equal(markIn(Buffer.alloc(0)), undefined);
});

test('the main process, its group, its session and all their descendants belong to it', () => {
  const entries = [
    entry(10, { groupId: 10 }),
    entry(11, { groupId: 10 }),
    entry(12, { sessionId: 10 }),
    entry(13, { parentId: 11 }),
    entry(14, { parentId: 13 }),
    entry(20, { groupId: 20 }),
  ];
  deepEqual([...processesOf([container], entries).keys()].sort(), [10, 11, 12, 13, 14]);
});

test('one that left group and session and lost its parent is known by its mark', () => {
  const entries = [entry(30, { containerId: 'c' }), entry(31, { parentId: 30 })];
  deepEqual(
    [...processesOf([container], entries)],
    [
      [30, 'c'],
      [31, 'c'],
    ],
  );
});

test('the mark of another container is not ours', () => {
  deepEqual(processesOf([container], [entry(30, { containerId: 'd' })]).size, 0);
});

test('what has ended and waits for its parent is not alive', () => {
  const entries = [entry(10, { ended: true }), entry(11, { parentId: 10 })];
  deepEqual([...processesOf([container], entries).keys()], [11]);
});

test('a process with the number of a main process that is over is somebody else', () => {
  const over = { ...container, ended: true };
  const stranger = [entry(10, { groupId: 10 }), entry(11, { groupId: 10 })];
  equal(processesOf([over], stranger).size, 0);
  const left = [entry(11, { groupId: 10 })];
  deepEqual([...processesOf([over], left).keys()], [11]);
});

test('a ring of parents does not hold the search up', () => {
  const entries = [entry(10, { parentId: 11 }), entry(11, { parentId: 10 })];
  equal(processesOf([container], entries).size, 2);
});

test('this process is found on this machine, with its start', async () => {
  const processes = await readProcesses(Number.POSITIVE_INFINITY);
  const self = processes.find(({ processId }) => processId === process.pid);
  equal(self?.parentId, process.ppid);
  ok((self?.startedMs ?? 0) > 0);
});

function entry(processId: number, but: Partial<ProcessEntry> = {}): ProcessEntry {
  return {
    processId,
    parentId: 1,
    groupId: 1,
    sessionId: 1,
    ended: false,
    startedMs: 1000,
    containerId: undefined,
    ...but,
  };
}
