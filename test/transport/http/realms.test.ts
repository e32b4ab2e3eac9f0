/** Routes of a realm: who asks is found out first, and is told to the handler as plain data. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import {
  basicChallenge,
  type HttpAuthenticator,
  parseBasicCredentials,
} from '../../../transport/http/authentication.ts';
import { type HttpRoutes, jsonResponse } from '../../../transport/http/message.ts';
import type { HttpLimits } from '../../../transport/limits.ts';
import type { TransportOptions } from '../../../transport/transport.ts';
import { type LiveNode, liveNode } from '../live.ts';

test('a realm asks who it is before anything of the request is looked at', () => {
  const seen: unknown[] = [];
  const authenticate: HttpAuthenticator = (realm, { headers }) => {
    const credentials = parseBasicCredentials(headers['authorization']);
    if (credentials === undefined) {
      return { kind: 'unauthorized', challenges: [basicChallenge(realm)] };
    }
    const { user } = credentials;
    if (user === 'nobody') return { kind: 'anonymous' };
    if (user === 'mallory') return { kind: 'forbidden', sentence: 'mallory is not let in' };
    if (user === 'fault') throw new Error('a fault of ours');
    return { kind: 'principal', principal: { value: user, claims: {} } };
  };
  const guarded: HttpRoutes = {
    '/guarded': {
      realm: 'mesos-master-readonly',
      first: ({ headers, principal }) => {
        seen.push(principal?.value);
        return headers['x-follower'] === undefined ? undefined : { status: 503 };
      },
      POST: ({ principal }) => jsonResponse(200, principal ?? 'anonymous'),
    },
    '/state': { GET: () => ({ status: 200 }) },
  };
  const ask = (node: string, user?: string, init: RequestInit = {}) =>
    fetch(`http://${node}/guarded`, {
      method: 'POST',
      ...init,
      headers: {
        ...(user !== undefined && { authorization: `Basic ${btoa(`${user}:password`)}` }),
        ...init.headers,
      },
    });
  return withNode(
    async ({ node, logged }) => {
      const unknown = await ask(node, undefined, { body: 'x'.repeat(5_000) });
      equal(unknown.status, 401);
      equal(unknown.headers.get('www-authenticate'), 'Basic realm="mesos-master-readonly"');
      equal((await ask(node, 'mallory', { method: 'DELETE' })).status, 403);
      deepEqual(seen, []);
      deepEqual(await (await ask(node, 'ann')).json(), { value: 'ann', claims: {} });
      equal(await (await ask(node, 'nobody')).json(), 'anonymous');
      deepEqual(seen, ['ann', undefined]);
      // What comes first is asked before the method and the body.
      const early = await ask(node, 'ann', { method: 'DELETE', headers: { 'x-follower': '1' } });
      equal(early.status, 503);
      equal((await ask(node, 'ann', { method: 'DELETE' })).status, 405);
      equal((await ask(node, 'ann', { body: 'x'.repeat(5_000) })).status, 413);
      // Nobody gets in by a fault of ours.
      equal((await ask(node, 'fault')).status, 500);
      ok(logged.some(({ text }) => /handler of POST "\/guarded" failed/.test(text)));
      equal((await fetch(`http://${node}/state`)).status, 200);
    },
    { bodyBytesMax: 1_000 },
    { routes: guarded, authenticate },
  );
});

test('an authentication that never answers is given up like a handler', () =>
  withNode(
    async ({ node }) => {
      const response = await fetch(`http://${node}/guarded`);
      equal(response.status, 503);
    },
    { handlerTimeoutMs: 50 },
    {
      routes: { '/guarded': { realm: 'r', GET: () => ({ status: 200 }) } },
      authenticate: () => new Promise(() => {}),
    },
  ));

async function withNode(
  run: (node: LiveNode) => Promise<void>,
  limits: Partial<HttpLimits>,
  options: Partial<TransportOptions>,
): Promise<void> {
  const node = await liveNode({ ...options, limits: { http: limits } });
  try {
    await run(node);
  } finally {
    await node.close();
  }
}
