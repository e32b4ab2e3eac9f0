/**
 * An agent's work directory without a disk. What is asked of it takes a while on the virtual clock,
 * as on a disk, and may fail.
 */
import type { CheckpointStore } from '../../actors/agent/checkpoint/store.ts';
import type { SandboxName, WorkDirectory } from '../../actors/agent/work-directory.ts';
import { CodedError } from '../../runtime/errors.ts';
import type { Host } from '../../runtime/host.ts';
import type { Random } from './random.ts';
import type { VirtualVolumes } from './virtual-volumes.ts';

export interface VirtualDiskOptions {
  /** Everything takes a chance time up to this. */
  readonly delayMsMax: number;
  /** Of each sandbox that it can't be made. */
  readonly faultProbability: number;
  readonly checkpoint: CheckpointStore;
  readonly volumes: ReturnType<VirtualVolumes['open']>;
}

export function virtualWorkDirectory(
  host: Host,
  random: Random,
  { delayMsMax, faultProbability, checkpoint, volumes }: VirtualDiskOptions,
): WorkDirectory {
  const path = '/work-directory';
  const pause = () =>
    new Promise<void>((resolve) => {
      host.setTimer(random.next() * delayMsMax, resolve);
    });
  const sandboxPath = ({ agentId, frameworkId, executorId, containerId }: SandboxName) =>
    [path, agentId, frameworkId, executorId, containerId].join('/');
  return {
    path,
    sandboxPath,
    checkpoint,
    resources: volumes.store,
    ...volumes.disk,
    async makeSandbox(name) {
      await pause();
      if (!random.chance(faultProbability)) return;
      const sentence = `Cannot make the sandbox "${sandboxPath(name)}": the disk is full`;
      throw new CodedError('sandboxNotMade', sentence, 'Make space');
    },
    linkVolumes: pause,
    unlinkVolumes: pause,
    async readSandbox(_sandbox, _path, offsetBytes) {
      await pause();
      return { bytes: new Uint8Array(), offsetBytes, sizeBytes: 0 };
    },
    listSandboxes: async () => {
      await pause();
      return [];
    },
    removeSandbox: pause,
    diskUsage: async () => {
      await pause();
      return 0;
    },
    release: pause,
  };
}
