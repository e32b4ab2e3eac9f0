/**
 * A scheduler: runs some commands on the cluster, prints what becomes of them, and ends.
 *
 *     node --import tsx docs/examples/hello.ts 127.0.0.1:5050 'echo hello' 'uname -a' 'exit 3'
 */
import {
  connect,
  defineScheduler,
  isTerminal,
  matchTasks,
  parseResources,
  shellCommand,
  type TaskId,
} from 'messor';

interface HelloOptions {
  readonly lines: readonly string[];
  readonly print: (text: string) => void;
}

interface HelloState {
  readonly waiting: { readonly taskId: TaskId; readonly line: string }[];
  readonly running: Set<TaskId>;
}

const resources = parseResources('cpus:0.1;mem:32');

export const hello = defineScheduler<HelloOptions, HelloState>({
  name: 'hello',
  info: () => ({ name: 'hello' }),
  initialState: ({ lines }) => ({
    waiting: lines.map((line, index) => ({ taskId: `hello-${index}` as TaskId, line })),
    running: new Set(),
  }),
  on: {
    offers({ waiting, running }, { offers }, driver, context) {
      const wanted = waiting.splice(0).map((task) => ({ ...task, resources }));
      const { launches, unplacedTasks } = matchTasks(offers, wanted, 'spread');
      for (const launch of launches) {
        driver.launch(
          launch.offers,
          launch.placed.map(({ task: { taskId, line }, resources: given }) => {
            running.add(taskId);
            return { taskId, name: line, resources: given, command: shellCommand(line) };
          }),
        );
        const [{ hostname } = { hostname: '' }] = launch.offers;
        context.options.print(`${launch.placed.length} launched on ${hostname}`);
      }
      waiting.push(...unplacedTasks);
      if (waiting.length === 0) driver.suppress();
    },

    update({ waiting, running }, { status }, driver, context) {
      const { taskId, state, exitCode, message } = status;
      const how = exitCode === undefined ? (message ?? '') : `exit code ${exitCode}`;
      context.options.print(`${taskId} ${state} ${how}`.trimEnd());
      if (isTerminal(state)) running.delete(taskId);
      if (waiting.length + running.size === 0) driver.teardown();
    },

    ended(_state, { message }, _driver, context) {
      context.options.print(`The master ended it: ${message}`);
    },
  },
});

const [, program, master, ...lines] = process.argv;
if (program === import.meta.filename && master !== undefined) {
  const node = await connect({ master });
  await node.exited(node.start(hello, { lines, print: console.log }));
  await node.close();
}
