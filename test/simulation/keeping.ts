/**
 * What a simulated framework does with resources beside running jobs on what is nobody's.
 *
 *     nobody's ──reserve, create, launch──▶ a volume with a job on it ──▶ a volume ──launch──▶ …
 *                                                          grow, shrink ─┘   └─ destroy, unreserve ─▶ nobody's
 *
 * A job finds in its volume what those before it have written; what is kept for a role is used by any
 * framework in it, and what operators have reserved, too.
 */
import {
  createVolumes,
  destroyVolumes,
  growVolume,
  reserve,
  shrinkVolume,
  unreserve,
  volumeOf,
} from '../../actors/framework/index.ts';
import type { Operation } from '../../actors/protocol/offer.ts';
import type { OperationState } from '../../actors/protocol/operation.ts';
import { isPersistentVolume, isRevocable, roleOf } from '../../actors/protocol/resource-kinds.ts';
import { spaceOf } from '../../actors/protocol/resource-operations.ts';
import { pushReservation } from '../../actors/protocol/resource-selection.ts';
import { parseResources } from '../../actors/protocol/resource-text.ts';
import {
  contains,
  plus,
  type Resource,
  type Resources,
  type ScalarResource,
} from '../../actors/protocol/resources.ts';
import type { TaskInfo } from '../../actors/protocol/task.ts';
import { type JobOptions, type JobRecord, type Launch, type Offered, takeFor } from './jobs.ts';

/** Of a framework: what it asked for, by the ids that it gave, and what it heard of each last. */
export interface Kept {
  readonly operations: Map<string, OperationState | 'silent'>;
  volumeCount: number;
  /** Tasks that were launched on what was reserved for them just then, or on a volume that was there. */
  launchedCount: number;
  reusedCount: number;
  resizedCount: number;
}

const SPACE = parseResources('disk:16');
/** What a volume grows and shrinks by. */
const STEP_MILLI = 8000;

export function hearOperation({ operations }: Kept, operationId: string, state: OperationState) {
  if (operations.has(operationId)) operations.set(operationId, state);
}

/** @throws when it is offered what is kept for another */
export function checkOwners({ role, resources }: Pick<Offered, 'role' | 'resources'>): void {
  const strange = resources.find((one) => (roleOf(one) ?? role) !== role);
  if (strange === undefined) return;
  throw new Error(`Role ${role} was offered ${strange.name} that is kept for ${roleOf(strange)}`);
}

/** What is kept for it in the offer is changed or given back: volumes are destroyed first. */
export function tidying(
  offer: Offered,
  options: JobOptions,
  random: () => number,
): readonly Operation[] {
  const { kept, closed } = options.ledger;
  if (!closed && random() < 0.75) return [];
  const mine = offer.resources.filter((one) => roleOf(one) !== undefined);
  if (mine.length === 0) return [];
  const nextId = () => newId(options);
  const volumes = mine.filter(isPersistentVolume);
  const [volume] = volumes;
  if (!closed && volume?.type === 'scalar' && volume.shared !== true && random() < 0.5) {
    kept.resizedCount++;
    const addition: ScalarResource = { ...spaceOf(volume), milli: STEP_MILLI };
    if (contains(mine, [addition])) return [growVolume(volume, addition, nextId())];
    if (volume.milli > STEP_MILLI) return [shrinkVolume(volume, STEP_MILLI, nextId())];
  }
  const space = mine.reduce<Resources>((sum, one) => plus(sum, [bare(one)]), []);
  return [
    ...(volumes.length === 0 ? [] : [destroyVolumes(volumes, nextId())]),
    unreserve(space, nextId()),
  ];
}

/** Runs a job on a volume that is there. @returns undefined: there is none, or no room */
export function reusing(
  offer: Offered,
  options: JobOptions,
  random: () => number,
  nowMs: number,
): Launch | undefined {
  const { kept } = options.ledger;
  if (random() < 0.1) return undefined;
  const volume = offer.resources.find(isPersistentVolume);
  const shape = options.shapes[Math.floor(random() * options.shapes.length)];
  if (volume?.type !== 'scalar' || shape === undefined) return undefined;
  const reservation = { type: 'dynamic', role: offer.role } as const;
  const base = [pushReservation(shape, reservation), shape].find((one) =>
    contains(offer.resources, one),
  );
  const launch = base && takeFor(offer, shape, options, random, nowMs);
  const [job] = launch?.jobs ?? [];
  const [task] = launch?.tasks ?? [];
  if (launch === undefined || job === undefined || task === undefined) return undefined;
  job.volume = volume;
  kept.reusedCount++;
  return { ...launch, tasks: [{ ...task, resources: plus(base ?? [], [volume]) }] };
}

/** Runs `task` on what is reserved for it, with a volume. @returns undefined: there is no room for that */
export function keeping(
  offer: Offered,
  task: TaskInfo,
  job: JobRecord,
  options: JobOptions,
  random: () => number,
): readonly Operation[] | undefined {
  const { info, ledger } = options;
  const { kept } = ledger;
  const wanted = plus(task.resources, SPACE);
  const canBeKept = task.executor === undefined && !wanted.some(isRevocable);
  if (!canBeKept || !contains(offer.resources, wanted)) return undefined;
  const reservation = { type: 'dynamic', role: offer.role } as const;
  const [space] = pushReservation(SPACE, reservation);
  if (space?.type !== 'scalar') return undefined;
  const milli = space.milli - (random() < 0.5 ? STEP_MILLI : 0);
  const shared = info.capabilities.includes('sharedResources') && random() < 0.5;
  const id = `${nameOf(options)}-v${kept.volumeCount++}`;
  const volume = volumeOf({ ...space, milli }, { id, containerPath: 'kept', shared });
  const resources = plus(pushReservation(task.resources, reservation), [volume]);
  kept.launchedCount++;
  job.volume = volume;
  return [
    reserve(wanted, { role: offer.role }, newId(options)),
    createVolumes([volume], newId(options)),
    { type: 'launch', tasks: [{ ...task, resources }] },
  ];
}

function bare(resource: Resource): Resource {
  return resource.type === 'scalar' ? spaceOf(resource) : resource;
}

/** A third of them want to hear nothing. */
function newId(options: JobOptions): string | undefined {
  const { operations } = options.ledger.kept;
  const id = `${nameOf(options)}-o${operations.size}`;
  operations.set(id, 'silent');
  return operations.size % 3 === 0 ? undefined : id;
}

function nameOf({ ledger, life }: JobOptions): string {
  return `${ledger.name}-${life}`;
}
