/**
 * An agent that is kept running: when its process dies, another one is started in its work directory
 * and on its port. That one ends the tasks that the first left running, as tasks outlive their agent.
 *
 *     starting ──▶ running ──dies──▶ starting … (given up after `AGENT_RESTART_COUNT_MAX` deaths)
 *                   └──stop──▶ stopped, nothing stays behind
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildNode } from './child-node.ts';
import { ExitError } from './exits.ts';

export interface KeptAgentOptions {
  readonly name: string;
  readonly start: (flags: readonly string[]) => Promise<ChildNode>;
  /** Gets what there is to say about it. */
  readonly say: (line: string) => void;
}

/** An agent that dies more often is given up. */
export const AGENT_RESTART_COUNT_MAX = 5;

export class KeptAgent {
  /** Rejects with an ExitError when it is given up; settles when it was stopped. */
  readonly kept: Promise<void>;
  private readonly options: KeptAgentOptions;
  private readonly workDirectory: string;
  private child: ChildNode;
  private stopping = false;

  /** @throws ExitError when it does not start */
  static async start(options: KeptAgentOptions): Promise<KeptAgent> {
    const workDirectory = await mkdtemp(join(tmpdir(), 'messor-agent-'));
    try {
      const child = await options.start(flagsOf(workDirectory, '0'));
      return new KeptAgent(options, workDirectory, child);
    } catch (error) {
      await rm(workDirectory, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(options: KeptAgentOptions, workDirectory: string, child: ChildNode) {
    this.options = options;
    this.workDirectory = workDirectory;
    this.child = child;
    this.kept = this.keep();
    // Whoever wants to know asks later.
    this.kept.catch(() => {});
  }

  get current(): ChildNode {
    return this.child;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.child.stop();
    await this.kept.catch(() => {});
    await rm(this.workDirectory, { recursive: true, force: true });
  }

  private async keep(): Promise<void> {
    const { name, start, say } = this.options;
    const port = this.child.node.slice(this.child.node.lastIndexOf(':') + 1);
    for (let restartCount = 0; ; restartCount++) {
      const { how } = await this.child.ended;
      if (this.stopping) return;
      if (restartCount === AGENT_RESTART_COUNT_MAX) {
        throw new ExitError('failed', `Node ${name} dies again and again: ${how}`);
      }
      say(`Node ${name} has gone: ${how}; starting it again`);
      this.child = await start(flagsOf(this.workDirectory, port));
      if (this.stopping) return this.child.stop();
    }
  }
}

/** It removes the directory itself: at its end whoever started it may not be there any more. */
function flagsOf(workDirectory: string, port: string): readonly string[] {
  return ['--role', 'agent', '--port', port, '--work-dir', workDirectory, '--discard-work-dir'];
}
