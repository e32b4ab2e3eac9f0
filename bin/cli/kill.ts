/** `messor kill ID…`: ends tasks on behalf of a person; a framework's id ends it with all its tasks. */
import type { Command } from 'commander';
import { addConnectionOptions, type ConnectionOptions, withCluster } from './connection.ts';
import { locateTask } from './locate.ts';
import { printJson } from './print.ts';

export function addKill(program: Command): void {
  addConnectionOptions(program.command('kill'))
    .argument('<ID...>', 'of tasks, the beginning of each is enough; or of frameworks, whole')
    .description('kill tasks, or end frameworks with all their tasks')
    .option('--framework <ID>', 'the framework that the tasks belong to')
    .addHelpText('after', '\nExamples:\n  messor kill build-0001 build-0002')
    .option('--json', 'print JSON')
    .action(async (ids: string[], options: KillOptions) => {
      const killed: object[] = [];
      const note = (sentence: string, what: object) => {
        killed.push(what);
        if (!options.json) process.stdout.write(`${sentence}\n`);
      };
      await withCluster(options, async (cluster) => {
        const section = await cluster.list('frameworks');
        const { items: frameworks } = section;
        for (const id of ids) {
          const framework = frameworks.find((view) => view.frameworkId === id);
          if (framework !== undefined) {
            const { frameworkId } = framework;
            await cluster.teardownFramework(frameworkId);
            note(`Framework ${id} is being ended with all its tasks`, { frameworkId });
          } else {
            const { taskId, frameworkId } = await locateTask(cluster, id, options.framework);
            await cluster.killTask(taskId, frameworkId);
            note(`Task ${taskId} is being killed`, { taskId, frameworkId });
          }
        }
        if (options.json) printJson(section, { killed });
      });
    });
}

interface KillOptions extends ConnectionOptions {
  readonly framework?: string;
  readonly json?: true;
}
