/**
 * A command with a persistent volume: whoever of its role comes next finds what it wrote there.
 *
 *     node --import tsx docs/examples/volume.ts 127.0.0.1:5050 notes notebook 'date >> data/log; cat data/log'
 *
 * The volume (here of the id `notebook`, of the role `notes`) has been made before; docs/handbook/volumes.md
 * says how. An offer with it may be long in coming: somebody else of the role may have it.
 */
import {
  connect,
  defineScheduler,
  isTerminal,
  parseResources,
  plus,
  shellCommand,
  type TaskId,
} from 'messor';

interface KeeperOptions {
  readonly role: string;
  readonly volumeId: string;
  readonly line: string;
  readonly print: (text: string) => void;
}

const needed = parseResources('cpus:0.1;mem:32');

export const keeper = defineScheduler<KeeperOptions, { launched: boolean }>({
  name: 'keeper',
  info: ({ role }) => ({ name: 'keeper', roles: [role] }),
  initialState: () => ({ launched: false }),
  on: {
    offers(state, { offers }, driver, context) {
      const { volumeId, line } = context.options;
      for (const offer of offers) {
        const volume = offer.resources.find(({ disk }) => disk?.persistence?.id === volumeId);
        if (state.launched || volume === undefined) {
          driver.decline([offer]);
          continue;
        }
        state.launched = true;
        const taskId = `keeper-${context.uuid()}` as TaskId;
        const resources = plus(needed, [volume]);
        driver.launch(offer, [{ taskId, name: line, resources, command: shellCommand(line) }]);
      }
    },

    update(_state, { status }, driver, context) {
      const { state, message } = status;
      context.options.print(message === undefined ? state : `${state}: ${message}`);
      if (isTerminal(state)) driver.teardown();
    },

    ended(_state, { message }, _driver, context) {
      context.options.print(`The master ended it: ${message}`);
    },
  },
});

const [, program, master, role = '*', volumeId = '', line = 'true'] = process.argv;
if (program === import.meta.filename && master !== undefined) {
  const node = await connect({ master });
  await node.exited(node.start(keeper, { role, volumeId, line, print: console.log }));
  await node.close();
}
