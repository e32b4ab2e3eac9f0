/** What of an agent's resources a person means who names an amount and a role, or a volume. Pure. */
import { isPersistentVolume, roleOf } from '../../actors/protocol/resource-kinds.ts';
import { spaceOf } from '../../actors/protocol/resource-operations.ts';
import { pushReservation } from '../../actors/protocol/resource-selection.ts';
import {
  contains,
  formatResources,
  parseResources,
  plus,
  type Resource,
  type Resources,
  type ScalarResource,
} from '../../actors/protocol/resources.ts';
import { ExitError } from '../exits.ts';

/** @throws ExitError `usage` when the text is no resources */
export function amountsOf(text: string): Resources {
  try {
    return parseResources(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ExitError('usage', `Cannot read the resources "${text}": ${message}`);
  }
}

export function reservedFor(
  amounts: Resources,
  reservation: { readonly role: string; readonly principal?: string | undefined },
): Resources {
  const { role, principal } = reservation;
  const dynamic = { type: 'dynamic', role, ...(principal !== undefined && { principal }) } as const;
  return pushReservation(amounts, dynamic);
}

/** Of what is dynamically reserved for the role, whoever did it. @throws ExitError `failed` */
export function reservedPart(total: Resources, amounts: Resources, role: string): Resources {
  const reserved = freeOfVolumes(total, role).filter(isDynamic);
  return amounts.reduce<Resources>((sum, wanted) => {
    const found = partOf(reserved, wanted);
    if (found !== undefined) return plus(sum, [found]);
    throw new ExitError(
      'failed',
      `Cannot take ${formatResources([wanted])} back from role "${role}": ${amountIn(reserved)} is reserved for it there; look at messor agents --json`,
    );
  }, []);
}

export interface VolumeToMake {
  readonly id: string;
  readonly role: string;
  readonly mebibytes: number;
  readonly containerPath: string;
  readonly principal?: string | undefined;
  readonly shared: boolean;
}

/** Of disk that is reserved for the role, by whatever way. @throws ExitError `failed` */
export function volumeToMake(total: Resources, volume: VolumeToMake): ScalarResource {
  const { id, role, mebibytes, containerPath, principal, shared } = volume;
  const reserved = freeOfVolumes(total, role).filter(({ name }) => name === 'disk');
  const [wanted] = amountsOf(`disk:${mebibytes}`);
  const space = wanted && partOf(reserved, wanted);
  if (space?.type !== 'scalar') {
    throw new ExitError(
      'failed',
      `Cannot make a volume of ${mebibytes} MiB for role "${role}": ${amountIn(reserved)} is reserved for it there; reserve it first: messor reserve AGENT disk:${mebibytes} --role ${role}`,
    );
  }
  const { source } = space.disk ?? {};
  return {
    ...space,
    disk: {
      ...(source && { source }),
      persistence: { id, ...(principal !== undefined && { principal }) },
      volume: { containerPath, mode: 'rw' },
    },
    ...(shared && { shared }),
  };
}

/** @throws ExitError `failed` when there is none of that id, or several */
export function volumeNamed(
  total: Resources,
  id: string,
  role: string | undefined,
): ScalarResource {
  const found = volumesOf(total).filter(
    (one) => one.disk?.persistence?.id === id && (role === undefined || roleOf(one) === role),
  );
  const [volume, another] = found;
  if (volume === undefined) {
    const ids = volumesOf(total).map(({ disk }) => disk?.persistence?.id);
    const there = ids.length === 0 ? 'none' : ids.join(', ');
    throw new ExitError('failed', `No volume "${id}" is there: of this agent there is ${there}`);
  }
  if (another === undefined) return volume;
  throw new ExitError('failed', `Several volumes are called "${id}": name one by --role`);
}

export function volumesOf(total: Resources): readonly ScalarResource[] {
  return total.filter(
    (one): one is ScalarResource => one.type === 'scalar' && isPersistentVolume(one),
  );
}

/** What is the role's there, and no volume. */
function freeOfVolumes(total: Resources, role: string): Resources {
  return total.filter((one) => roleOf(one) === role && !isPersistentVolume(one));
}

function isDynamic({ reservations }: Resource): boolean {
  return reservations?.at(-1)?.type === 'dynamic';
}

/** So much of one of them. */
function partOf(reserved: Resources, wanted: Resource): Resource | undefined {
  return reserved
    .filter(({ name, type }) => name === wanted.name && type === wanted.type)
    .map((one) => ({ ...wanted, ...kindOf(one) }) as Resource)
    .find((part) => contains(reserved, [part]));
}

function amountIn(reserved: Resources): string {
  return reserved.length === 0 ? 'nothing' : formatResources(reserved);
}

function kindOf(resource: Resource) {
  if (resource.type !== 'scalar') return { reservations: resource.reservations };
  const { reservations, disk } = spaceOf(resource);
  return { reservations, ...(disk && { disk }) };
}
