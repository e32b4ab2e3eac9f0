/**
 * Looks at ports of this machine for real. As curl does for Mesos: redirects are followed, and a
 * certificate may be anybody's, because a task answers for itself only.
 * Source: Mesos 1.11, src/checks/checker_process.cpp, httpCheckCommand; src/checks/tcp_connect.cpp.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { HttpTarget, NetworkProbes, Probe } from './probes.ts';

/** A chain of redirects that is longer is a failure. */
export const PROBE_REDIRECTS_MAX = 20;

export const networkProbes: NetworkProbes = {
  http(target) {
    return probe(async (signal) => {
      let url = urlOf(target);
      for (let count = 0; count <= PROBE_REDIRECTS_MAX; count++) {
        const { statusCode = 0, headers } = await get(url, signal);
        const { location } = headers;
        if (statusCode < 300 || statusCode > 399 || location === undefined) return statusCode;
        if (!URL.canParse(location, url.href)) return statusCode;
        url = new URL(location, url);
        if (url.protocol !== 'http:' && url.protocol !== 'https:') {
          throw new Error(`the server redirects to "${url.protocol}", which is not followed`);
        }
      }
      throw new Error(`the server redirects more than ${PROBE_REDIRECTS_MAX} times`);
    });
  },

  tcp({ host, port }) {
    return probe(
      (signal) =>
        new Promise((resolve) => {
          const socket = connect({ host, port, signal });
          socket.once('connect', () => {
            resolve(true);
            socket.destroy();
          });
          socket.once('error', () => resolve(false));
        }),
    );
  },
};

function urlOf({ scheme, host, port, path }: HttpTarget): URL {
  const literal = host.includes(':') ? `[${host}]` : host;
  return new URL(`${scheme}://${literal}:${port}${path}`);
}

function probe<Found>(look: (signal: AbortSignal) => Promise<Found>): Probe<Found> {
  const controller = new AbortController();
  return { done: look(controller.signal), cancel: () => controller.abort() };
}

/** Head of the answer; nobody reads the rest. */
function get(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const headers = { 'user-agent': 'messor-check', accept: '*/*' };
  return new Promise((resolve, reject) => {
    const asked =
      url.protocol === 'https:'
        ? httpsRequest(url.href, { agent: false, headers, signal, rejectUnauthorized: false })
        : httpRequest(url.href, { agent: false, headers, signal });
    asked
      .on('response', (response) => {
        resolve(response);
        response.destroy();
      })
      .on('error', reject)
      .end();
  });
}
