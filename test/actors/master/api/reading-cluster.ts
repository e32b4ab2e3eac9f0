/** A virtual cluster with a framework that runs what it is told, asked by HTTP. */
import { equal } from 'node:assert/strict';
import { defineScheduler, shellCommand } from '../../../../actors/framework/index.ts';
import { type MasterApi, masterApi } from '../../../../actors/master/api/master-api.ts';
import type { TaskId } from '../../../../actors/protocol/ids.ts';
import { parseResources } from '../../../../actors/protocol/resource-text.ts';
import { decodeV1 } from '../../../../actors/protocol/v1/codec.ts';
import type { V1 } from '../../../../actors/protocol/v1/dictionary.ts';
import type { HttpMethod } from '../../../../transport/http/message.ts';
import type { MessageEncoding } from '../../../../transport/http/negotiation.ts';
import { RecordDecoder } from '../../../../transport/http/recordio.ts';
import { type ClusterOptions, startCluster } from '../../../kit/cluster.ts';
import { type Asking, askingRoutes, type ReadStream } from '../../../kit/http-routes.ts';

const resources = parseResources('cpus:1;mem:128;ports:[31000-31001]');

const runner = defineScheduler<
  { readonly scripts: readonly string[]; readonly say: (text: string) => void },
  { launchedCount: number }
>({
  name: 'runner',
  info: () => ({ name: 'runner', failoverTimeoutMs: 60_000, capabilities: ['partitionAware'] }),
  initialState: () => ({ launchedCount: 0 }),
  on: {
    offers(state, { offers }, driver, { options }) {
      for (const offer of offers) {
        const script = options.scripts[state.launchedCount];
        if (script === undefined) return;
        const taskId = `task-${++state.launchedCount}` as TaskId;
        const labels = [{ key: 'tier', value: 'front' }];
        const command = shellCommand(script);
        driver.launch(offer, [{ taskId, name: taskId, resources, command, labels }]);
      }
    },
    update(_state, { status: { taskId, state } }, _driver, { options }) {
      options.say(`${taskId} ${state}`);
    },
  },
});

export const JSON_TYPE = 'application/json';
export const PROTOBUF_TYPE = 'application/x-protobuf';

export function readingCluster(scripts: readonly string[], options: Partial<ClusterOptions> = {}) {
  const agentResources = () => parseResources('cpus:4;mem:4096;ports:[31000-32000]');
  /** Of the present lives, by the names of the nodes. */
  const apis = new Map<string, MasterApi>();
  const cluster = startCluster({
    ...{ seed: 7, agentCount: 2, agentResources, ...options },
    readsOf(name) {
      const api = masterApi({ version: '0.0.0' });
      apis.set(name, api);
      return api.reads;
    },
    onMaster: (life) => apis.get(life.system.node)?.open(life),
  });
  const told: string[] = [];
  const scheduler = cluster.startScheduler('runner:0', ({ system, masters, timings }) => {
    const say = (text: string) => told.push(text);
    system.spawn(runner, { masters, timings, scripts, say });
  });
  const { world } = cluster;

  async function ask(method: HttpMethod, target: string, asking: Asking = {}) {
    const { routes = {} } = apis.get(cluster.master.name) ?? {};
    return world.settle(askingRoutes(routes, ['master'])(method, target, asking));
  }

  async function get(target: string, headers: Readonly<Record<string, string>> = {}) {
    const answer = await ask('GET', target, { headers });
    equal(answer.status, 200, `GET ${target}: ${answer.text}`);
    return JSON.parse(answer.text);
  }

  async function post(call: unknown, headers: Readonly<Record<string, string>> = {}) {
    const body = typeof call === 'string' ? call : JSON.stringify(call);
    const asking = { headers: { 'content-type': JSON_TYPE, ...headers }, body };
    return ask('POST', '/api/v1', asking);
  }

  /** The events so far. */
  async function subscribe(encoding: MessageEncoding = 'json') {
    const accept = encoding === 'json' ? JSON_TYPE : PROTOBUF_TYPE;
    const { stream } = await post({ type: 'SUBSCRIBE' }, { accept });
    if (stream === undefined) throw new Error('It is no stream');
    return { stream, events: () => eventsOf(stream, encoding) };
  }

  return { cluster, world, told, scheduler, ask, get, post, subscribe };
}

function eventsOf({ records }: ReadStream, encoding: MessageEncoding): V1<'master.Event'>[] {
  return records.map((record) => {
    // One record, one chunk.
    const [bytes = new Uint8Array(), ...more] = new RecordDecoder({
      recordBytesMax: 2 ** 30,
    }).push(record);
    equal(more.length, 0);
    return decodeV1('master.Event', encoding, bytes);
  });
}
