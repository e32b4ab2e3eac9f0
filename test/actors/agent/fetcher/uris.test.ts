/** What URIs ask for. Source: Mesos 1.11, docs/fetcher.md and the sources named in uris.ts. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { isInside } from '../../../../actors/agent/fetcher/unpacked-tree.ts';
import { archiveKind, planFetch, shownUri } from '../../../../actors/agent/fetcher/uris.ts';
import type { CommandUri } from '../../../../actors/protocol/task.ts';

const plan = (uri: CommandUri, home?: string) => planFetch(uri, home);

test('a file has the name behind the last slash, a query included', () => {
  equal(plan({ value: 'http://host/a/b.tgz' }).name, 'b.tgz');
  equal(plan({ value: 'http://host/b.tgz?key=1' }).name, 'b.tgz?key=1');
  equal(plan({ value: '  http://host/b' }).name, 'b');
  equal(plan({ value: '/opt/b' }).name, 'b');
  equal(plan({ value: 'http://host/b', outputFile: 'sub/c' }).name, 'sub/c');
});

test('AbsoluteFilePath, FileLocalhostURI: http and https come from the network, file and plain paths from the agent', () => {
  const source = (value: string, home?: string) => plan({ value }, home).source;
  deepEqual(source('https://host/b'), { kind: 'net', url: 'https://host/b' });
  deepEqual(source('file:///opt/b'), { kind: 'file', path: '/opt/b' });
  deepEqual(source('file://localhost/opt/b'), { kind: 'file', path: '/opt/b' });
  deepEqual(source('/opt/b'), { kind: 'file', path: '/opt/b' });
  deepEqual(source('sub/b', '/home'), { kind: 'file', path: '/home/sub/b' });
});

test('NoExtractNotExecutable, ExtractNotExecutable: archives are known by the end of their name, and unpacked unless they are not to be', () => {
  const names = ['a.tar', 'a.tar.gz', 'a.tgz', 'a.tar.bz2', 'a.tbz2', 'a.tar.xz', 'a.txz'];
  deepEqual([...names, 'a.zip', 'a.gz', 'a.rar'].map(archiveKind), [
    ...['tar', 'tar.gz', 'tar.gz', 'tar.bz2', 'tar.bz2', 'tar.xz', 'tar.xz'],
    ...['zip', 'gz', undefined],
  ]);
  equal(plan({ value: '/a.tgz' }).archive, 'tar.gz');
  equal(plan({ value: '/a.tgz', extract: false }).archive, undefined);
  equal(plan({ value: '/a.tgz', executable: true }).archive, undefined);
  equal(plan({ value: '/a?b', outputFile: 'a.zip' }).archive, 'zip');
});

test('MalformedURI: what nobody could fetch is refused with the reason', () => {
  const refused = (uri: CommandUri, why: RegExp) => throws(() => plan(uri), why);
  refused({ value: 'http://host' }, /names no file/);
  refused({ value: 'http://host/dir/' }, /names no file/);
  refused({ value: "http://host/it's" }, /a character/);
  refused({ value: 'ftp://host/b' }, /"ftp" can't be fetched here; use http, https or file/);
  refused({ value: 'hdfs://host/b' }, /"hdfs"/);
  refused({ value: 'http://[::/b' }, /no valid URL/);
  refused({ value: 'file://sub/b' }, /absolute path/);
  refused({ value: 'sub/b' }, /--frameworks-home/);
  refused({ value: '/opt/..' }, /no name/);
  refused({ value: `/${'a'.repeat(300)}` }, /too long/);
  refused({ value: '/b', outputFile: '/etc/b' }, /not the relative path/);
  refused({ value: '/b', outputFile: 'a/../../b' }, /out of the sandbox/);
  refused({ value: '/b', outputFile: '' }, /empty/);
});

test('a password is not shown', () => {
  equal(shownUri('https://me:secret@host/b'), 'https://me:***@host/b');
  equal(shownUri('https://host/a:b@c'), 'https://host/a:b@c');
});

test('a link is inside when it goes up no further than it is deep, and not up again', () => {
  deepEqual(
    ['a', './a/b', '..', '../a', '../..', '/etc', 'a/..', '.'].map((target) => isInside(target, 1)),
    [true, true, true, true, false, false, false, true],
  );
});
