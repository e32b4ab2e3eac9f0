/**
 * A pod: commands that run side by side on one agent, as a task group. They start together or not at
 * all; when one fails or is killed, the others are killed.
 *
 *     node --import tsx docs/examples/pod.ts 127.0.0.1:5050 'sleep 1; exit 3' 'sleep 60'
 */
import {
  connect,
  defaultExecutor,
  defineScheduler,
  type ExecutorId,
  groupDemand,
  groupMembers,
  isTerminal,
  matchTasks,
  parseResources,
  shellCommand,
  type TaskId,
} from 'messor';

interface PodOptions {
  readonly lines: readonly string[];
  readonly print: (text: string) => void;
}

interface PodState {
  launched: boolean;
  readonly ended: Set<TaskId>;
}

const resources = parseResources('cpus:0.1;mem:32');
const executor = defaultExecutor('pod' as ExecutorId);

export const pod = defineScheduler<PodOptions, PodState>({
  name: 'pod',
  info: () => ({ name: 'pod', capabilities: ['taskKillingState'] }),
  initialState: () => ({ launched: false, ended: new Set() }),
  on: {
    offers(state, { offers }, driver, context) {
      if (state.launched) return;
      const tasks = context.options.lines.map((line, index) => {
        return { taskId: `pod-${index}` as TaskId, line, resources };
      });
      // All of the group on one agent, or nothing.
      const { launches } = matchTasks(offers, [groupDemand(executor, tasks)]);
      for (const launch of launches) {
        for (const placed of launch.placed) {
          driver.launchGroup(launch.offers, {
            executor,
            tasks: groupMembers(placed).map(({ task: { taskId, line }, resources: given }) => {
              return { taskId, name: line, resources: given, command: shellCommand(line) };
            }),
          });
          state.launched = true;
        }
      }
    },

    update({ ended }, { status }, driver, context) {
      const { taskId, state } = status;
      const { lines, print } = context.options;
      print(`${taskId} ${state}`);
      if (isTerminal(state)) ended.add(taskId);
      if (ended.size === lines.length) driver.teardown();
    },

    ended(_state, { message }, _driver, context) {
      context.options.print(`The master ended it: ${message}`);
    },
  },
});

const [, program, master, ...lines] = process.argv;
if (program === import.meta.filename && master !== undefined) {
  const node = await connect({ master });
  await node.exited(node.start(pod, { lines, print: console.log }));
  await node.close();
}
