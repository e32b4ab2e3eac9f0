/**
 * A scheduler: runs a server whose program is fetched first and whose health is watched, prints how it
 * is, and ends with it.
 *
 *     node --import tsx docs/examples/watched.ts 127.0.0.1:5050 http://files/server.mjs 8080 'node server.mjs'
 */
import {
  connect,
  defineScheduler,
  isTerminal,
  parseResources,
  shellCommand,
  type TaskId,
  type TaskInfo,
} from 'messor';

interface WatchedOptions {
  /** Where the program is: http, https, file, or a path on the agent. */
  readonly uri: string;
  /** That it listens on. */
  readonly port: number;
  readonly line: string;
  readonly print: (text: string) => void;
}

const resources = parseResources('cpus:0.1;mem:32');

export const watched = defineScheduler<WatchedOptions, { launched: boolean }>({
  name: 'watched',
  info: () => ({ name: 'watched' }),
  initialState: () => ({ launched: false }),
  on: {
    offers(state, { offers: [offer] }, driver, context) {
      if (state.launched || offer === undefined) return;
      state.launched = true;
      const { uri, port, line } = context.options;
      const task: Omit<TaskInfo, 'agentId'> = {
        taskId: 'server' as TaskId,
        name: 'server',
        resources,
        command: { ...shellCommand(line), uris: [{ value: uri, cache: true }] },
        // Every 200 ms; until it has answered once it may take 10 s, then two failures are too many.
        healthCheck: {
          type: 'http',
          port,
          path: '/health',
          delayMs: 0,
          intervalMs: 200,
          consecutiveFailures: 2,
        },
        // Whatever it says of itself: after an hour it is over.
        maxCompletionTimeMs: 3_600_000,
        discovery: { visibility: 'cluster', name: 'server', ports: [{ number: port }] },
      };
      driver.launch(offer, [task]);
      driver.suppress();
    },

    update(_state, { status }, driver, context) {
      const { state, healthy, message = '' } = status;
      const how = healthy === undefined ? '' : healthy ? ', healthy' : ', unhealthy';
      context.options.print(`${state}${how} ${message}`.trimEnd());
      if (isTerminal(state)) driver.teardown();
    },

    ended(_state, { message }, _driver, context) {
      context.options.print(`The master ended it: ${message}`);
    },
  },
});

const [, program, master, uri, port, line] = process.argv;
if (program === import.meta.filename && master && uri && port && line) {
  const node = await connect({ master });
  const options = { uri, port: Number(port), line, print: console.log };
  await node.exited(node.start(watched, options));
  await node.close();
}
