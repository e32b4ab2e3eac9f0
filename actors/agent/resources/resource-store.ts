/**
 * Where an agent's reservations and volumes are written down: a port, for the simulation has no disk.
 *
 *     <work directory>/meta/resources/checkpoint
 *
 * One small file, put in place as a whole. It lies beside the agents' checkpoints, since resources
 * stay when the agent begins under another id. One call at a time; who calls waits for the last one.
 */
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError } from '../../../runtime/errors.ts';
import { recoveryError } from '../recovery-errors.ts';
import { syncDirectory } from '../sync-directory.ts';

export interface ResourceStore {
  /** For sentences. */
  readonly path: string;
  /** Undefined where there is none. Rejects with a `CodedError`. */
  read(): Promise<string | undefined>;
  /** When it settles, `text` survives the end of the machine's power; when it rejects, the old one does. */
  replace(text: string): Promise<void>;
}

/** @param meta an existing directory */
export function diskResourceStore(meta: string): ResourceStore {
  const directory = join(meta, 'resources');
  const path = join(directory, 'checkpoint');
  return {
    path,
    async read() {
      if ((await stat(join(directory, 'resources.info')).catch(() => undefined)) !== undefined) {
        const sentence = `Cannot read the reservations and volumes in "${directory}": they are of Apache Mesos`;
        throw recoveryError('checkpointForeign', sentence);
      }
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        const sentence = `Cannot read the reservations and volumes in "${path}": ${describeError(error)}`;
        throw recoveryError('resourcesDamaged', sentence);
      }
    },

    async replace(text) {
      await mkdir(directory, { recursive: true });
      const fresh = await open(`${path}.new`, 'w', 0o600);
      try {
        await fresh.writeFile(text);
        await fresh.datasync();
      } catch (error) {
        await rm(`${path}.new`, { force: true });
        throw error;
      } finally {
        await fresh.close();
      }
      await rename(`${path}.new`, path);
      for (const one of [directory, meta]) await syncDirectory(one);
    },
  };
}
