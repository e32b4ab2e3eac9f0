/** `messor logs ID`: what a task has written; `-f` goes on until the task is over. */
import { once } from 'node:events';
import type { Command } from 'commander';
import type { Cluster, SandboxFile } from './cluster.ts';
import { addConnectionOptions, type ConnectionOptions, withCluster } from './connection.ts';
import { locateAgent, locateTask } from './locate.ts';
import { readPieces } from './sandbox.ts';

interface LogsOptions extends ConnectionOptions {
  readonly follow?: true;
  readonly stderr?: true;
  readonly json?: true;
  readonly framework?: string;
}

export function addLogs(program: Command): void {
  addConnectionOptions(program.command('logs'))
    .argument('<ID>', 'of a task; its beginning is enough')
    .description('print what a task has written')
    .option('-f, --follow', 'go on until the task is over')
    .option('--stderr', 'its standard error instead of its standard output')
    .option('--framework <ID>', 'the framework that the task belongs to')
    .option('--json', 'print JSON, a line for each piece of the file')
    .addHelpText(
      'after',
      '\nExamples:\n  messor logs build-0001\n  messor logs -f --stderr build-0001',
    )
    .action(async (id: string, options: LogsOptions) => {
      await withCluster(options, async (cluster) => {
        const { taskId, frameworkId, agentId } = await locateTask(cluster, id, options.framework);
        const { address: agent } = await locateAgent(cluster, agentId);
        const path = options.stderr ? 'stderr' : 'stdout';
        const file: SandboxFile = { agent, frameworkId, taskId, path };
        await copyFile(cluster, file, options);
      });
    });
}

/** JSON comes a line for each piece, so that a reader can follow. */
async function copyFile(
  cluster: Cluster,
  file: SandboxFile,
  { follow, json }: LogsOptions,
): Promise<void> {
  const { taskId, path } = file;
  const decoder = new TextDecoder();
  for await (const { offsetBytes, bytes } of readPieces(cluster, file, follow === true)) {
    const text = json ? decoder.decode(bytes, { stream: true }) : '';
    const piece = json ? `${JSON.stringify({ taskId, path, offsetBytes, text })}\n` : bytes;
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
  }
}
