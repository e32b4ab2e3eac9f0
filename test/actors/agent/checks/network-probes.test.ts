/** Looks at real ports. Source: Mesos 1.11, src/tests/health_check_tests.cpp. */
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { networkProbes } from '../../../../actors/agent/checks/network-probes.ts';

const here = { scheme: 'http', host: '127.0.0.1' } as const;

test('an answer is its status, after redirects, and its body is no concern of ours', async (t) => {
  const port = await serve(t, ({ url }, response) => {
    if (url === '/moved') response.writeHead(302, { location: '/endless' }).end();
    else if (url === '/endless') response.writeHead(206).write('and so on');
    else if (url === '/for-ever') response.writeHead(301, { location: '/for-ever' }).end();
    else if (url === '/elsewhere') response.writeHead(301, { location: 'ftp://host/' }).end();
    else if (url === '/nowhere') response.writeHead(304).end();
    else response.writeHead(url === '/' ? 200 : 404).end();
  });
  const look = (path: string) => networkProbes.http({ ...here, port, path }).done;
  deepEqual(await Promise.all(['', '/missing', '/moved', '/nowhere'].map(look)), [
    ...[200, 404, 206, 304],
  ]);
  await rejects(look('/for-ever'), /more than 20 times/);
  await rejects(look('/elsewhere'), /redirects to "ftp:"/);
});

test('nobody there is no answer, and no connection', async () => {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const open = await networkProbes.tcp({ host: '127.0.0.1', port }).done;
  await new Promise((resolve) => server.close(resolve));
  equal(open, true);
  equal(await networkProbes.tcp({ host: '127.0.0.1', port }).done, false);
  await rejects(networkProbes.http({ ...here, port, path: '' }).done, /ECONNREFUSED/);
});

test('a look that is given up ends', async (t) => {
  let isAsked: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const port = await serve(t, () => isAsked());
  const probe = networkProbes.http({ ...here, port, path: '/' });
  await asked;
  probe.cancel();
  await rejects(probe.done, /abort/i);
});

async function serve(t: TestContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
