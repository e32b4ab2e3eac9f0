/** The directories of replicated logs on virtual disks; they outlive the processes that use them. */
import type { LogDirectories } from '../../actors/master/replicated-logs/logs-messages.ts';
import type { VirtualDisk } from './virtual-disk.ts';

export interface VirtualLogDirectories extends LogDirectories {
  disks(): readonly VirtualDisk[];
}

export function virtualLogDirectories(
  makeDisk: (logId: string) => VirtualDisk,
): VirtualLogDirectories {
  const disks = new Map<string, VirtualDisk>();
  return {
    open(logId) {
      const disk = disks.get(logId) ?? makeDisk(logId);
      disks.set(logId, disk);
      return disk;
    },
    list: () => [...disks.keys()],
    remove: (logId) => void disks.delete(logId),
    disks: () => [...disks.values()],
  };
}
