/** Letters leave when what they depend on is safe, in order, and few syncs serve many. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { readCheckpoint } from '../../../../actors/agent/checkpoint/checkpoint-text.ts';
import {
  type CheckpointNews,
  checkpointer,
  letter,
} from '../../../../actors/agent/checkpoint/checkpointer.ts';
import type { CheckpointRecord } from '../../../../actors/agent/checkpoint/records.ts';
import type { CheckpointSpace } from '../../../../actors/agent/checkpoint/store.ts';
import type { FrameworkId } from '../../../../actors/protocol/ids.ts';
import { address, probe } from '../../../kit/probe.ts';
import { agentId, framework, info } from '../nouns.ts';

interface Word {
  readonly type: 'word';
  readonly text: string;
}

const agent = address<CheckpointNews>('agent');
const friend = address<Word>('friend');
const self: CheckpointRecord = { type: 'agent', agentId, info, bootId: 'boot-1' };

test('the agent hears what there was, and is told when it can not be read', async () => {
  const empty = await start();
  deepEqual(empty.news(), [{ type: 'checkpointRead', kept: undefined }]);
  const foreign = await start('something else');
  const [news] = foreign.news();
  match(
    news?.type === 'checkpointFailed' ? news.cause : '',
    /which this version did not write; Start/i,
  );
});

test('letters wait for their records and for all before them, and leave in order', async () => {
  const { say, done, words } = await start();
  say([self], 'a');
  say([], 'b');
  say([frameworkRecord('f')], 'c');
  say([], 'd');
  deepEqual(words(), []);
  await done();
  deepEqual(words(), ['a']);
  await done();
  deepEqual(words(), ['a', 'b', 'c', 'd']);
  say([], 'e');
  deepEqual(words(), ['a', 'b', 'c', 'd', 'e'], 'nothing is being written');
});

test('what comes while the disk is busy is one batch', async () => {
  const { say, done, calls, words } = await start();
  say([self]);
  for (let count = 0; count < 100; count++) say([frameworkRecord(`f${count}`)], String(count));
  await done();
  await done();
  equal(words().length, 100);
  deepEqual(
    calls.map(([kind]) => kind),
    ['replace', 'append'],
  );
});

test('a file that has grown to several times of what it amounts to is written anew', async () => {
  const { say, done, calls } = await start();
  say([self]);
  await done();
  say(Array.from({ length: 5000 }, () => frameworkRecord('f'.repeat(250))));
  await done();
  say(Array.from({ length: 5000 }, () => frameworkRecord('f'.repeat(250))));
  await done();
  say([frameworkRecord('g')]);
  await done();
  say([frameworkRecord('h')]);
  await done();
  deepEqual(
    calls.map(([kind]) => kind),
    ['replace', 'append', 'append', 'replace', 'append'],
  );
  const [, rewritten = ''] = calls[3] ?? [];
  const kept = readCheckpoint(rewritten + (calls[4]?.[1] ?? ''), 'path');
  deepEqual(
    [...(kept?.frameworks.keys() ?? [])].map((name) => name[0]),
    ['f', 'g', 'h'],
  );
});

test('a full disk is waited for, and nothing is lost or comes twice', async () => {
  const { say, done, fault, advance, turns, words, logged, calls } = await start();
  say([self], 'a');
  await done();
  say([frameworkRecord('f')], 'b');
  await fault('ENOSPC');
  say([], 'c');
  advance(1000);
  await turns();
  await fault('ENOSPC');
  deepEqual(words(), ['a']);
  advance(1000);
  await turns();
  await done();
  deepEqual(words(), ['a', 'b', 'c']);
  equal(new Set(calls.slice(1).map(([, text]) => text)).size, 1);
  deepEqual(
    logged.map(({ level }) => level),
    ['warn', 'warn', 'info'],
  );
});

test('the agent is told when the disk gives no more, and when it does again', async () => {
  const { say, done, advance, turns, words, news, calls } = await start();
  say([self]);
  await done();
  say([frameworkRecord('f')], 'a');
  await done({ isFull: true });
  deepEqual(words(), ['a'], 'what is held back is for that');
  for (const isFull of [true, false]) {
    advance(1000);
    await turns();
    deepEqual(calls.at(-1), ['append', '']);
    await done({ isFull });
  }
  const told = news().flatMap((one) => (one.type === 'checkpointSpace' ? one.isFull : []));
  deepEqual(told, [true, false]);
  const count = calls.length;
  advance(10_000);
  await turns();
  equal(calls.length, count, 'it looks no more');
});

test('where there is no space to write all anew, it is appended', async () => {
  const { say, done, fault, calls, words } = await start();
  say([self]);
  await done();
  for (const name of ['f', 'g']) {
    say(Array.from({ length: 9000 }, () => frameworkRecord(name.repeat(250))));
    await done();
  }
  say([frameworkRecord('h')], 'a');
  await fault('ENOSPC');
  await done({ isFull: true });
  say([frameworkRecord('i')], 'b');
  await done({ isFull: true });
  deepEqual(words(), ['a', 'b']);
  deepEqual(
    calls.map(([kind]) => kind),
    ['replace', 'append', 'append', 'replace', 'append', 'append'],
  );
  const text = calls.flatMap(([kind, part], index) =>
    kind === 'replace' && index > 0 ? [] : part,
  );
  const kept = readCheckpoint(text.join(''), 'path');
  deepEqual(
    [...(kept?.frameworks.keys() ?? [])].map((name) => name[0]),
    ['f', 'g', 'h', 'i'],
  );
});

test('a disk that fails is told, and no letter leaves', async () => {
  const { say, fault, words, news } = await start();
  say([self], 'a');
  await fault('EIO');
  deepEqual(words(), []);
  match(JSON.stringify(news().at(-1)), /Cannot write the checkpoint.*EIO.*look after the disk/);
});

test('discarded, it waits for what is being written and keeps nothing more', async () => {
  const { say, done, receive, calls, news, turns } = await start();
  say([self]);
  receive({ type: 'discard' });
  say([frameworkRecord('f')]);
  await done();
  await turns();
  deepEqual(
    calls.map(([kind]) => kind),
    ['replace', 'discard'],
  );
  deepEqual(news().at(-1), { type: 'checkpointDiscarded' });
});

function frameworkRecord(name: string): CheckpointRecord {
  return { type: 'framework', frameworkId: name as FrameworkId, info: framework };
}

async function start(text?: string) {
  const calls: [kind: string, text: string][] = [];
  let settle:
    | { readonly done: (space: CheckpointSpace) => void; readonly fault: (error: Error) => void }
    | undefined;
  const written = (kind: string, what: string) => {
    calls.push([kind, what]);
    return new Promise<CheckpointSpace>((done, fault) => {
      settle = { done, fault };
    });
  };
  const actor = probe(checkpointer, {
    agent,
    store: {
      path: 'path',
      read: () => Promise.resolve(text),
      replace: (_agentId, whole) => written('replace', whole),
      append: (more) => written('append', more),
      discard: () => {
        calls.push(['discard', '']);
        return Promise.resolve();
      },
    },
  });
  const turns = async () => {
    for (let count = 0; count < 5; count++) await new Promise((resolve) => setImmediate(resolve));
  };
  await turns();
  return {
    ...actor,
    calls,
    turns,
    news: () => actor.sentTo(agent).map(({ message }) => message),
    words: () => actor.sentTo(friend).map(({ message }) => message.text),
    say(records: readonly CheckpointRecord[], word?: string) {
      const letters = word === undefined ? [] : [letter(friend, { type: 'word', text: word })];
      actor.receive({ type: 'keep', records, letters });
    },
    async done(space: CheckpointSpace = { isFull: false }) {
      settle?.done(space);
      await turns();
    },
    async fault(code: string) {
      settle?.fault(Object.assign(new Error(code), { code }));
      await turns();
    },
  };
}
