/**
 * What a simulated framework does with resources beside running jobs on them: it reserves what a job
 * needs, makes a volume for it and runs it there; and later takes back what it finds kept for it.
 */
import {
  createVolumes,
  destroyVolumes,
  reserve,
  unreserve,
  volumeOf,
} from '../../actors/framework/index.ts';
import type { Offer, Operation } from '../../actors/protocol/offer.ts';
import type { OperationState, OperationStatus } from '../../actors/protocol/operation.ts';
import { isPersistentVolume, roleOf } from '../../actors/protocol/resource-kinds.ts';
import { spaceOf } from '../../actors/protocol/resource-operations.ts';
import { pushReservation } from '../../actors/protocol/resource-selection.ts';
import { parseResources } from '../../actors/protocol/resource-text.ts';
import { contains, plus, type Resource, type Resources } from '../../actors/protocol/resources.ts';
import type { TaskInfo } from '../../actors/protocol/task.ts';

/** Of a framework: what it asked for, by the ids that it gave, and what it heard of each last. */
export interface Kept {
  readonly operations: Map<string, OperationState | 'silent'>;
  volumeCount: number;
  /** Tasks that were launched on what was reserved for them just then. */
  launchedCount: number;
}

const SPACE = parseResources('disk:16');

export function hearOperation({ operations }: Kept, { operationId, state }: OperationStatus): void {
  if (operationId !== undefined && operations.has(operationId)) operations.set(operationId, state);
}

/** @throws when it is offered what is kept for another */
export function checkOwners({ role, resources }: Pick<Offer, 'role' | 'resources'>): void {
  const strange = resources.find((one) => (roleOf(one) ?? role) !== role);
  if (strange === undefined) return;
  throw new Error(`Role ${role} was offered ${strange.name} that is kept for ${roleOf(strange)}`);
}

/** What is kept for it in the offer is given back: volumes are destroyed first. */
export function tidying(offer: Offer, kept: Kept, name: string): readonly Operation[] {
  const mine = offer.resources.filter((one) => roleOf(one) !== undefined);
  const volumes = mine.filter(isPersistentVolume);
  if (mine.length === 0) return [];
  const space = mine.reduce<Resources>((sum, one) => plus(sum, [bare(one)]), []);
  const ids = [nextId(kept, name), nextId(kept, name)];
  return [
    ...(volumes.length === 0 ? [] : [destroyVolumes(volumes, ids[0])]),
    unreserve(space, ids[1]),
  ];
}

/** Runs `task` on what is reserved for it, with a volume. @returns undefined: there is no room for that */
export function keeping(
  offer: Offer,
  task: TaskInfo,
  kept: Kept,
  name: string,
): readonly Operation[] | undefined {
  const wanted = plus(task.resources, SPACE);
  if (task.executor !== undefined || !contains(offer.resources, wanted)) return undefined;
  const reservation = { type: 'dynamic', role: offer.role } as const;
  const [space] = pushReservation(SPACE, reservation);
  if (space?.type !== 'scalar') return undefined;
  const id = `${name}-v${kept.volumeCount++}`;
  const volume = volumeOf(space, { id, containerPath: 'kept' });
  const resources = plus(pushReservation(task.resources, reservation), [volume]);
  kept.launchedCount++;
  return [
    reserve(wanted, { role: offer.role }, nextId(kept, name)),
    createVolumes([volume], nextId(kept, name)),
    { type: 'launch', tasks: [{ ...task, resources }] },
  ];
}

function bare(resource: Resource): Resource {
  return resource.type === 'scalar' ? spaceOf(resource) : resource;
}

/** A third of them want to hear nothing. */
function nextId({ operations }: Kept, name: string): string | undefined {
  const id = `${name}-o${operations.size}`;
  operations.set(id, 'silent');
  return operations.size % 3 === 0 ? undefined : id;
}
