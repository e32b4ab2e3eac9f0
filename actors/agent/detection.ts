/**
 * What this machine has to offer, found out once at the agent's start.
 * Source of the rules: Mesos 1.11, src/slave/containerizer/containerizer.cpp, Containerizer::resources.
 */
import { statfs } from 'node:fs/promises';
import systeminformation from 'systeminformation';
import { plus, type Resource, type Resources } from '../protocol/resources.ts';

const MIB = 1_048_576;
/** Left to the machine itself, where it has at least twice as much; half of what it has otherwise. */
const KEPT_MEM_MIB = 1024;
const KEPT_DISK_MIB = 5120;
const PORTS = { begin: 31_000, end: 32_000 };

export interface Machine {
  readonly cpuCount: number;
  readonly memBytes: number;
  /** Of the file system that holds the work directory. */
  readonly diskBytes: number;
}

/** @param workDirectory an existing directory */
export async function detectMachine(workDirectory: string): Promise<Machine> {
  const [cpu, mem, disk] = await Promise.all([
    systeminformation.cpu(),
    systeminformation.mem(),
    statfs(workDirectory),
  ]);
  return { cpuCount: cpu.cores, memBytes: mem.total, diskBytes: disk.blocks * disk.bsize };
}

/**
 * All of `cpus`, `mem`, `disk` and `ports`: as given where it is given, else as the machine has it.
 * @param defaultRole whose all is that is not given as somebody's; `*`: nobody's
 */
export function agentResources(given: Resources, machine: Machine, defaultRole: string): Resources {
  const found = [
    scalar('cpus', machine.cpuCount),
    scalar('disk', rest(machine.diskBytes, KEPT_DISK_MIB)),
    scalar('mem', rest(machine.memBytes, KEPT_MEM_MIB)),
    { name: 'ports', type: 'ranges' as const, ranges: [PORTS] },
  ].filter(
    (resource) =>
      !(resource.type === 'scalar' && resource.milli === 0) &&
      !given.some(({ name }) => name === resource.name),
  );
  const reservations = [{ type: 'static' as const, role: defaultRole }];
  const ofDefault = (resource: Resource): Resource =>
    defaultRole === '*' || resource.reservations !== undefined
      ? resource
      : { ...resource, reservations };
  return [...given, ...found].reduce<Resources>((sum, one) => plus(sum, [ofDefault(one)]), []);
}

function scalar(name: string, amount: number): Resource {
  return { name, type: 'scalar', milli: Math.floor(amount) * 1000 };
}

function rest(bytes: number, keptMib: number): number {
  const mib = bytes / MIB;
  return mib >= 2 * keptMib ? mib - keptMib : mib / 2;
}
