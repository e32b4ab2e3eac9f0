/** What is fetched when, shared and kept. Source: Mesos 1.11, docs/fetcher.md. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { fetcher, TRANSFERS_AT_ONCE_MAX } from '../../../../actors/agent/fetcher/fetcher.ts';
import type { FetcherEvent } from '../../../../actors/agent/fetcher/fetcher-state.ts';
import type { ContainerId } from '../../../../actors/protocol/ids.ts';
import type { CommandUri } from '../../../../actors/protocol/task.ts';
import { playedFetching } from '../../../kit/played-fetching.ts';
import { address, probe } from '../../../kit/probe.ts';

const owner = address<FetcherEvent>('owner');

test('the files of a container are fetched one after the other, and then it hears', async () => {
  const { ask, whats, finish, heard } = await start();
  ask('one', ['/a', '/b']);
  deepEqual(whats(), ['deliver a']);
  await finish();
  deepEqual([whats(), heard()], [['deliver a', 'deliver b'], []]);
  await finish();
  deepEqual(heard(), ['one fetched']);
});

test('one that fails fails the container, with the URI and the cause', async () => {
  const { ask, fail, heard, told, whats } = await start();
  ask('one', ['http://me:secret@host/a', '/b']);
  await fail('the server answered 404');
  const sentence = 'Cannot fetch "http://me:***@host/a": the server answered 404';
  deepEqual(heard(), [`one ${sentence}`]);
  deepEqual([told, whats()], [[sentence], ['deliver a']]);
});

test('a URI that nobody could fetch fails at once', async () => {
  const { ask, heard, whats } = await start();
  ask('one', ['ftp://host/a']);
  deepEqual(heard(), [
    'one Cannot fetch "ftp://host/a": "ftp" can\'t be fetched here; use http, https or file',
  ]);
  deepEqual(whats(), []);
});

test('a cached file is downloaded once for all who ask for it, and later not at all', async () => {
  const { ask, whats, finish, heard } = await start();
  ask('one', ['/a'], { cache: true });
  ask('two', ['/a'], { cache: true });
  deepEqual(whats(), ['fill c1-a']);
  await finish();
  deepEqual(whats(), ['fill c1-a', 'deliver a', 'deliver a']);
  await finish();
  await finish();
  ask('three', ['/a'], { cache: true });
  deepEqual(whats().slice(3), ['deliver a']);
  await finish();
  deepEqual(heard(), ['one fetched', 'two fetched', 'three fetched']);
});

test('files are cached for each user apart', async () => {
  const { ask, whats } = await start();
  ask('one', ['/a'], { cache: true }, 'me');
  ask('two', ['/a'], { cache: true }, 'you');
  deepEqual(whats(), ['fill c1-a', 'fill c2-a']);
});

test('when the shared download fails everybody tries by himself', async () => {
  const { ask, whats, fail, finish, heard, dropped } = await start();
  ask('one', ['/a'], { cache: true });
  ask('two', ['/a'], { cache: true });
  await fail('the connection broke');
  deepEqual(whats(), ['fill c1-a', 'deliver a', 'deliver a']);
  deepEqual(dropped, ['c1-a']);
  await finish();
  await finish();
  deepEqual(heard(), ['one fetched', 'two fetched']);
});

test('room is made by dropping what was used least recently and is not in use', async () => {
  const { ask, finish, fetchCached, dropped } = await start({ cacheBytesMax: 100 });
  await fetchCached('one', '/a', 40);
  await fetchCached('two', '/b', 40);
  await fetchCached('three', '/a');
  ask('four', ['/c'], { cache: true });
  await finish(40);
  deepEqual(dropped, ['c2-b']);
});

test('a file that is larger than the cache is used once and dropped', async () => {
  const { ask, finish, dropped, heard } = await start({ cacheBytesMax: 100 });
  ask('one', ['/a'], { cache: true });
  await finish(101);
  deepEqual(dropped, []);
  await finish();
  deepEqual([dropped, heard()], [['c1-a'], ['one fetched']]);
});

test('a cached file that is not what it was is fetched anew', async () => {
  const { ask, fail, finish, fetchCached, whats, heard } = await start();
  await fetchCached('one', '/a', 10);
  ask('two', ['/a'], { cache: true });
  await fail('there is no such file on the agent');
  await finish();
  deepEqual(heard(), ['one fetched', 'two fetched']);
  deepEqual(whats(), ['fill c1-a', 'deliver a', 'deliver a', 'deliver a']);
});

test('who is cancelled hears at once, and its download ends', async () => {
  const { ask, cancel, heard, underWay, settle } = await start();
  ask('one', ['/a']);
  cancel('one');
  deepEqual(heard(), ['one Cannot fetch "/a": it was cancelled']);
  equal(underWay[0]?.cancelled, true);
  await settle();
  cancel('one');
  equal(heard().length, 1);
});

test('a shared download ends with the last who waits for it', async () => {
  const { ask, cancel, underWay, dropped } = await start();
  ask('one', ['/a'], { cache: true });
  ask('two', ['/a'], { cache: true });
  cancel('one');
  equal(underWay[0]?.cancelled, false);
  cancel('two');
  equal(underWay[0]?.cancelled, true);
  deepEqual(dropped, ['c1-a']);
});

test('a download that brings nothing for a while is given up', async () => {
  const { ask, advance, underWay, settle, heard } = await start();
  ask('one', ['/a']);
  for (const bytes of [1, 2]) {
    const [download] = underWay;
    if (download !== undefined) download.bytes = bytes;
    advance(60_000);
  }
  equal(underWay[0]?.cancelled, false);
  advance(60_000);
  equal(underWay[0]?.cancelled, true);
  await settle();
  deepEqual(heard(), ['one Cannot fetch "/a": nothing came for 60000 ms']);
});

test('only so many transfers run at once, the others in their turn', async () => {
  const { ask, whats, finish, cancel } = await start();
  for (let index = 0; index < TRANSFERS_AT_ONCE_MAX + 2; index++) ask(`c${index}`, [`/f${index}`]);
  equal(whats().length, TRANSFERS_AT_ONCE_MAX);
  cancel(`c${TRANSFERS_AT_ONCE_MAX}`);
  await finish();
  deepEqual(whats().slice(TRANSFERS_AT_ONCE_MAX), [`deliver f${TRANSFERS_AT_ONCE_MAX + 1}`]);
});

test('without a cache directory everything is fetched, and nothing kept', async () => {
  const { ask, whats, finish, heard } = await start({ broken: true });
  ask('one', ['/a'], { cache: true });
  await finish();
  deepEqual([whats(), heard()], [['deliver a'], ['one fetched']]);
});

/** Until what was promised has come back as a message; other promises may stay open. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function start({ cacheBytesMax = 1000, broken = false } = {}) {
  const { fetching, underWay, dropped, told } = playedFetching();
  const prepareCache = () =>
    broken ? Promise.reject(new Error('there is no room')) : Promise.resolve();
  const actor = probe(fetcher, {
    fetching: { ...fetching, prepareCache },
    cacheBytesMax,
    stallTimeoutMs: 60_000,
  });
  await actor.settle();
  const ended = new Set<object>();
  const oldest = () => underWay.find((one) => !ended.has(one) && !one.cancelled);
  const endOldest = async (end: (one: (typeof underWay)[number]) => void) => {
    const one = oldest();
    if (one === undefined) throw new Error('Nothing is under way');
    ended.add(one);
    end(one);
    await turn();
  };
  const ask = (
    id: string,
    values: readonly string[],
    more: Partial<CommandUri> = {},
    user?: string,
  ) =>
    actor.receive({
      type: 'fetch',
      containerId: id as ContainerId,
      uris: values.map((value) => ({ value, ...more })),
      user,
      sandbox: `/${id}`,
      owner,
    });
  const finish = (sizeBytes?: number) => endOldest((one) => one.finish(sizeBytes));
  return {
    ...actor,
    underWay,
    dropped,
    told,
    ask,
    finish,
    fail: (cause: string) => endOldest((one) => one.fail(cause)),
    cancel: (id: string) => actor.receive({ type: 'cancelFetch', containerId: id as ContainerId }),
    async fetchCached(id: string, value: string, sizeBytes?: number) {
      ask(id, [value], { cache: true });
      if (sizeBytes !== undefined) await finish(sizeBytes);
      await finish();
    },
    whats: () => underWay.map(({ what }) => what),
    heard: () =>
      actor
        .sentTo(owner)
        .map(({ message }) =>
          message.type === 'fetched'
            ? `${message.containerId} fetched`
            : `${message.containerId} ${message.sentence}`,
        ),
  };
}
