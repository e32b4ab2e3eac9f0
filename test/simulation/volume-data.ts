/**
 * What jobs find in their volumes: each writes its name, and finds the names of all who had the volume
 * before it, whatever became of tasks, agents, machines and masters since.
 */
import type { AgentState } from '../../actors/agent/state.ts';
import { AGENT_NAME } from '../../actors/protocol/messages.ts';
import { isPersistentVolume, roleOf } from '../../actors/protocol/resource-kinds.ts';
import type { Resource } from '../../actors/protocol/resources.ts';
import type { ClusterAgent } from '../kit/cluster.ts';
import { lookInside } from '../kit/look-inside.ts';

export class VolumeData {
  /** By the id of the volume, which is given once; none is in two roles. */
  readonly #written = new Map<string, string[]>();

  /** @throws when the volume is not there, or not what it was, or another has it */
  onStarted(task: string, volume: Resource, { node, machine, volumes }: ClusterAgent): void {
    const name = idOf(volume);
    const before = this.#written.get(name) ?? [];
    this.#check(name, volumes.read(volume), node.name);
    const running = new Set(machine.running.values());
    const other = before.find((one) => one !== task && running.has(one));
    if (volume.shared !== true && other !== undefined) {
      throw new Error(`${task} and ${other} have volume ${name} of ${node.name} at the same time`);
    }
    volumes.write(volume, task);
    this.#written.set(name, [...before, task]);
  }

  /** Sentences about an agent whose disks are not what it says. */
  differing({ node, volumes }: ClusterAgent): string[] {
    const state = lookInside<AgentState>(node.system, { name: AGENT_NAME })?.state;
    const there = (state?.total ?? []).filter(isPersistentVolume);
    const faults = there.flatMap((volume) => {
      try {
        this.#check(idOf(volume), volumes.read(volume), node.name);
        return [];
      } catch (error) {
        return [error instanceof Error ? error.message : String(error)];
      }
    });
    const count = volumes.data.size;
    if (state === undefined || count === there.length) return faults;
    return [...faults, `${node.name} has ${there.length} volumes, and data of ${count}`];
  }

  #check(name: string, found: readonly string[] | undefined, where: string): void {
    const expected = this.#written.get(name) ?? [];
    if (found?.join() === expected.join()) return;
    const text = found === undefined ? 'is not there' : `has "${found.join()}" in it`;
    throw new Error(`Volume ${name} of ${where} ${text}, and not "${expected.join()}"`);
  }
}

function idOf(volume: Resource): string {
  return `${roleOf(volume)}/${volume.disk?.persistence?.id}`;
}
