/**
 * What an agent must not forget of its resources: what was made of them since it got them, and the
 * operations that did it, until somebody has acknowledged them. Pure.
 *
 * An agent's resources are what its flag says, with the dynamic reservations and volumes of the
 * checkpoint put in the place of what they were made of. They are the machine's, and go on when the
 * agent begins under another id.
 * Source: Mesos 1.11, src/common/resources_utils.cpp (needCheckpointing, applyCheckpointedResources).
 */
import { crc32 } from 'node:zlib';
import type { CodedError } from '../../../runtime/errors.ts';
import type { ReportedOperation } from '../../protocol/operation.ts';
import { isPersistentVolume, type Reservation } from '../../protocol/resource-kinds.ts';
import { spaceOf } from '../../protocol/resource-operations.ts';
import { formatResources } from '../../protocol/resource-text.ts';
import { contains, minus, plus, type Resource, type Resources } from '../../protocol/resources.ts';
import { recoveryError } from '../recovery-errors.ts';

export interface KeptResources {
  /** Dynamically reserved, or a persistent volume: what no flag says. */
  readonly resources: Resources;
  /** Not acknowledged; at most one of them is pending: it is being carried out. */
  readonly operations: readonly ReportedOperation[];
  /** What `resources` were before that one. */
  readonly before?: Resources;
}

const HEAD = 'messor-agent-resources 1\n';

export const NOTHING_KEPT: KeptResources = { resources: [], operations: [] };

/** All of them that the flags of an agent do not say. */
export function keptOf(total: Resources): Resources {
  return total.filter(isMade);
}

/** @throws CodedError `resourcesIncompatible` when not all is there that they were made of */
export function totalOf(flags: Resources, kept: Resources): Resources {
  let total = flags;
  for (const resource of kept) {
    const origin = [originOf(resource)];
    if (!contains(total, origin)) throw incompatible(flags, kept, total, origin);
    total = plus(minus(total, origin), [resource]);
  }
  return total;
}

export function textOf(kept: KeptResources): string {
  const body = JSON.stringify(kept);
  return `${HEAD}${checksum(body)} ${body}\n`;
}

/** @param path for sentences. @throws CodedError `resourcesDamaged` */
export function readKept(text: string | undefined, path: string): KeptResources {
  if (text === undefined) return NOTHING_KEPT;
  const line = text.startsWith(HEAD) ? text.slice(HEAD.length, -1) : '';
  const body = line.slice(9);
  if (!text.endsWith('\n') || line.slice(0, 9) !== `${checksum(body)} `) {
    throw recoveryError(
      'resourcesDamaged',
      `Cannot read the reservations and volumes in "${path}": it is not what was written`,
    );
  }
  return JSON.parse(body) as KeptResources;
}

function isMade(resource: Resource): boolean {
  return resource.reservations?.at(-1)?.type === 'dynamic' || isPersistentVolume(resource);
}

/** What it was made of: as the flag of an agent could say it. */
function originOf(resource: Resource): Resource {
  const { shared: _, ...space } =
    resource.type === 'scalar' && isPersistentVolume(resource) ? spaceOf(resource) : resource;
  const { reservations = [], ...rest } = space;
  const fixed = reservations.filter(({ type }: Reservation) => type === 'static').slice(0, 1);
  return fixed.length === 0 ? rest : { ...rest, reservations: fixed };
}

/** In the words of Mesos, for whom people search. */
function incompatible(
  flags: Resources,
  kept: Resources,
  total: Resources,
  missing: Resources,
): CodedError {
  return recoveryError(
    'resourcesIncompatible',
    `Checkpointed resources ${formatResources(kept)} are incompatible with agent resources ` +
      `${formatResources(flags)}: Incompatible agent resources: ${formatResources(total)} ` +
      `does not contain ${formatResources(missing)}`,
  );
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
