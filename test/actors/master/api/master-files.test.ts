/** A master shows no files, in the words of Mesos. Source: Mesos, src/files/files.cpp. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { masterFileRoutes } from '../../../../actors/master/api/master-files.ts';
import { askingRoutes } from '../../../kit/http-routes.ts';

const ask = askingRoutes(masterFileRoutes(), ['master']);

test('the log of a master is not to be had by HTTP, and neither is any other file', async () => {
  for (const path of ['/master/log', '/etc/passwd', '/master/log/../../etc/passwd', '%00']) {
    for (const how of ['browse', 'read', 'download']) {
      const { status, text } = await ask('GET', `/files/${how}?path=${path}&offset=0`);
      equal(status === 404 || status === 400, true, `${how} ${path}: ${status} ${text}`);
    }
  }
});

test('nothing is attached', async () => {
  const { status, text } = await ask('GET', '/master/files/debug');
  deepEqual([status, JSON.parse(text)], [200, {}]);
});
