/** Which hosts the file of `--whitelist` names. Mesos: src/watcher/whitelist_watcher.cpp. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { watchWhitelist } from '../../bin/agent-whitelist.ts';

const log = { info() {}, warn() {} };

test('one host a line; `*` is all of them, an empty file none, and one that is not there is a fault', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'whitelist-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'hosts');
  const hostnames = (text: string) => {
    writeFileSync(path, text);
    const whitelist = watchWhitelist(path, log);
    whitelist.close();
    return whitelist.hostnames();
  };
  deepEqual([...(hostnames('a\n\n b \nc') ?? [])], ['a', 'b', 'c']);
  equal(hostnames('a\n*\n'), undefined);
  deepEqual(hostnames(''), new Set());
  throws(() => watchWhitelist(join(directory, 'none'), log), /Cannot read the file of --whitelist/);
});
