/** Agents and frameworks, as many as a case wants, told to the allocator on the stage. */
import type { UsedResources } from '../../../actors/master/allocator/messages.ts';
import type { FrameworkCapability } from '../../../actors/protocol/framework.ts';
import type { AgentId, FrameworkId } from '../../../actors/protocol/ids.ts';
import { minusRanges } from '../../../actors/protocol/ranges.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import { plus, type Resources } from '../../../actors/protocol/resources.ts';
import type { Stage } from './stage.ts';

/** Of nearly all cases. */
export const AGENT = parseResources('cpus:24;mem:4096;disk:4096;ports:[31000-32000]');

export const agentIdOf = (number: number): AgentId => `bench-S${number}` as AgentId;
export const frameworkIdOf = (number: number): FrameworkId =>
  `bench-${String(number).padStart(4, '0')}` as FrameworkId;

export function addFrameworks(
  { tell }: Stage,
  count: number,
  roleOf: (number: number) => string,
  capabilities: readonly FrameworkCapability[] = [],
): void {
  for (let number = 0; number < count; number++) {
    tell({
      type: 'addFramework',
      frameworkId: frameworkIdOf(number),
      roles: [roleOf(number)],
      suppressedRoles: [],
      capabilities,
      active: true,
    });
  }
}

export function addAgents(
  { tell }: Stage,
  count: number,
  totalOf: (number: number) => Resources,
  usedOf: (number: number) => readonly UsedResources[] = () => [],
): void {
  for (let number = 0; number < count; number++) {
    tell({
      type: 'addAgent',
      agentId: agentIdOf(number),
      epoch: number,
      total: totalOf(number),
      attributes: [],
      used: usedOf(number),
      active: true,
    });
  }
}

/** Each agent has its own, as in a master that has heard of each by a message of its own. */
export const ownCopyOf = (resources: Resources): Resources => structuredClone(resources);

/** These, and 16 separate stretches of the ports. */
export function fragmented(text: string): Resources {
  const stretch = 1001 / 16;
  const holes = Array.from({ length: 15 }, (_, index) => {
    const number = 31_000 + Math.round((index + 1) * stretch);
    return { begin: number, end: number };
  });
  const ranges = minusRanges([{ begin: 31_000, end: 32_000 }], holes);
  return plus(parseResources(text), [{ name: 'ports', type: 'ranges', ranges }]);
}
