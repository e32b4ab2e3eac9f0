/**
 * A custom executor: its tasks are sentences (`TaskInfo.data`) that it says loudly, a word a second.
 * One process runs all its tasks, and hears from its scheduler how loud it is to be.
 *
 * As a task's `executor.command`: `node --import tsx docs/examples/shouting-executor.ts`
 */
import { defineExecutor, runExecutor, type TaskId } from 'messor';

interface ShoutingState {
  readonly words: Map<TaskId, string[]>;
  mark: string;
}

type NextWord = { readonly type: 'nextWord'; readonly taskId: TaskId };

export const shouting = defineExecutor<
  { readonly print: (text: string) => void },
  ShoutingState,
  NextWord
>({
  name: 'shouting',
  initialState: () => ({ words: new Map(), mark: '!' }),
  on: {
    launch({ words }, { task: { taskId, data = '' } }, driver, context) {
      words.set(taskId, data.split(/\s+/));
      driver.update(taskId, 'running');
      context.sendSelfAfter(0, { type: 'nextWord', taskId });
    },
    kill({ words }, { taskId }, driver) {
      if (words.delete(taskId)) driver.update(taskId, 'killed');
    },
    message(state, { data }) {
      state.mark = data;
    },
    shutdown({ words }, _event, driver) {
      for (const taskId of words.keys()) driver.update(taskId, 'killed');
      words.clear();
      driver.stop();
    },
  },
  handlers: {
    nextWord({ words, mark }, { taskId }, driver, context) {
      const word = words.get(taskId)?.shift();
      if (word === undefined) {
        if (words.delete(taskId)) driver.update(taskId, 'finished');
        return;
      }
      context.options.print(`${word.toUpperCase()}${mark}`);
      context.sendSelfAfter(1000, { type: 'nextWord', taskId });
    },
  },
});

if (process.argv[1] === import.meta.filename) await runExecutor(shouting, { print: console.log });
