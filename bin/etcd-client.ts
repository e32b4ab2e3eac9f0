/** An etcd on the network: the port of `actors/master/registry/etcd-client.ts` over HTTP. */
import { Agent, request } from 'node:http';
import type { EtcdAnswer, EtcdClient, EtcdPath } from '../actors/master/registry/etcd-client.ts';
import { etcdError } from '../actors/master/registry/etcd-errors.ts';
import { describeError } from '../runtime/errors.ts';

/** A longer answer is refused: none that we ask for is nearly as long. */
const ANSWER_BYTES_MAX = 67_108_864;
/** To one endpoint. A master has few questions under way at once. */
const SOCKET_COUNT_MAX = 8;
/** What is told, and not asked, gets so much time. */
const TELL_TIMEOUT_MS = 1000;

export interface HttpEtcdClient extends EtcdClient {
  /** Waits for what was told, and then is of no use any more. */
  close(): Promise<void>;
}

/** @param endpoints `host:port`, at least one; the one that answered last is asked first */
export function etcdClient(endpoints: readonly string[]): HttpEtcdClient {
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKET_COUNT_MAX });
  const place = `etcd://${endpoints.join(',')}`;
  const told = new Set<Promise<unknown>>();
  let firstIndex = 0;

  async function ask(path: EtcdPath, body: string, timeoutMs: number): Promise<EtcdAnswer> {
    const faults: string[] = [];
    const beganIndex = firstIndex;
    for (let turn = 0; turn < endpoints.length; turn++) {
      const index = (beganIndex + turn) % endpoints.length;
      const endpoint = endpoints[index] ?? '';
      try {
        const answer = await post(agent, endpoint, path, body, timeoutMs);
        // A member of etcd that has lost the others says so; another one may not have.
        if (answer.status !== 503 || turn === endpoints.length - 1) {
          firstIndex = index;
          return answer;
        }
        faults.push(`${endpoint}: it says ${answer.status}`);
      } catch (error) {
        faults.push(`${endpoint}: ${describeError(error)}`);
      }
    }
    throw etcdError('etcdUnreachable', `Cannot reach ${place} (${faults.join('; ')})`);
  }

  return {
    place,
    ask,
    tell(path, body) {
      const asked = ask(path, body, TELL_TIMEOUT_MS)
        .catch(() => {})
        .finally(() => told.delete(asked));
      told.add(asked);
    },
    async close() {
      await Promise.all(told);
      agent.destroy();
    },
  };
}

function post(
  agent: Agent,
  endpoint: string,
  path: string,
  body: string,
  timeoutMs: number,
): Promise<EtcdAnswer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(Math.ceil(timeoutMs));
    const asked = request(`http://${endpoint}${path}`, {
      method: 'POST',
      agent,
      signal,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    const fail = (error: unknown) =>
      reject(signal.aborted ? new Error(`no answer in ${Math.ceil(timeoutMs)} ms`) : error);
    asked.on('error', fail);
    asked.on('response', (answer) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      answer.on('error', fail);
      answer.on('data', (part: Buffer) => {
        bytes += part.length;
        parts.push(part);
        if (bytes > ANSWER_BYTES_MAX) {
          asked.destroy(new Error(`its answer has more than ${ANSWER_BYTES_MAX} bytes`));
        }
      });
      answer.on('end', () => {
        const status = answer.statusCode ?? 0;
        resolve({ status, text: Buffer.concat(parts).toString('utf8') });
      });
    });
    asked.end(body);
  });
}
