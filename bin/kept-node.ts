/**
 * A node that is kept running: when its process dies, another one is started in its directory and on
 * its port. That of an agent goes on with the tasks that the first left running, that of a master with
 * the log it has.
 *
 *     starting ──▶ running ──dies──▶ starting … (given up after `NODE_RESTART_COUNT_MAX` deaths)
 *                   └──stop──▶ stopped, nothing stays behind
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildNode } from './child-node.ts';
import { ExitError } from './exits.ts';

export interface KeptNodeOptions {
  readonly name: string;
  /** 0: any free one, and the same from then on. */
  readonly port: number;
  /** The flags that depend on where it is. */
  readonly flags: (directory: string, port: number) => readonly string[];
  readonly start: (flags: readonly string[]) => Promise<ChildNode>;
  /** Gets what there is to say about it. */
  readonly say: (line: string) => void;
}

/** A node that dies more often is given up. */
export const NODE_RESTART_COUNT_MAX = 5;

export class KeptNode {
  /** Rejects with an ExitError when it is given up; settles when it was stopped. */
  readonly kept: Promise<void>;
  private readonly options: KeptNodeOptions;
  private readonly directory: string;
  private child: ChildNode;
  private stopping = false;

  /** @throws ExitError when it does not start */
  static async start(options: KeptNodeOptions): Promise<KeptNode> {
    const directory = await mkdtemp(join(tmpdir(), `messor-${options.name}-`));
    try {
      const child = await options.start(options.flags(directory, options.port));
      return new KeptNode(options, directory, child);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(options: KeptNodeOptions, directory: string, child: ChildNode) {
    this.options = options;
    this.directory = directory;
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
    await rm(this.directory, { recursive: true, force: true });
  }

  private async keep(): Promise<void> {
    const { name, start, flags, say } = this.options;
    const port = Number(this.child.node.slice(this.child.node.lastIndexOf(':') + 1));
    for (let restartCount = 0; ; restartCount++) {
      const { how } = await this.child.ended;
      if (this.stopping) return;
      if (restartCount === NODE_RESTART_COUNT_MAX) {
        throw new ExitError('failed', `Node ${name} dies again and again: ${how}`);
      }
      say(`Node ${name} has gone: ${how}; starting it again`);
      this.child = await start(flags(this.directory, port));
      if (this.stopping) return this.child.stop();
    }
  }
}
