/**
 * Operations on resources: they change what a part of an agent is, not how much of it there is. Pure.
 *
 * Each takes some resources away and puts others in their place; so the same is done to what an
 * agent has, to what is offered of it, and to what is on the agent's disk.
 * Source: Mesos 1.11, src/common/resources_utils.cpp, getResourceConversions.
 */
import { contains, minus, plus } from './resource-algebra.ts';
import { popReservation } from './resource-selection.ts';
import type { Resources, ScalarResource } from './resources.ts';

export type ResourceOperation =
  /** Puts one more reservation on top: `resources` are as they will be. */
  | {
      readonly type: 'reserve';
      readonly resources: Resources;
      /** As they are, when they go from one role to another. Only operators may do that. */
      readonly source?: Resources;
    }
  /** Takes the reservation on top away: `resources` are as they are. */
  | { readonly type: 'unreserve'; readonly resources: Resources }
  /** `volumes` are as they will be. */
  | { readonly type: 'createVolumes'; readonly volumes: Resources }
  /** Their data is lost. */
  | { readonly type: 'destroyVolumes'; readonly volumes: Resources }
  /** By what lies on the same disk and is reserved for the same. */
  | {
      readonly type: 'growVolume';
      readonly volume: ScalarResource;
      readonly addition: ScalarResource;
    }
  | {
      readonly type: 'shrinkVolume';
      readonly volume: ScalarResource;
      readonly subtractMilli: number;
    };

export interface Conversion {
  readonly consumed: Resources;
  readonly converted: Resources;
}

/** What Mesos calls them: in its calls, metrics and sentences. */
export const OPERATION_NAMES = {
  reserve: 'RESERVE',
  unreserve: 'UNRESERVE',
  createVolumes: 'CREATE',
  destroyVolumes: 'DESTROY',
  growVolume: 'GROW_VOLUME',
  shrinkVolume: 'SHRINK_VOLUME',
} as const satisfies Record<ResourceOperation['type'], string>;

export function conversionOf(operation: ResourceOperation): Conversion {
  switch (operation.type) {
    case 'reserve': {
      const { resources, source = popReservation(resources) } = operation;
      return { consumed: source, converted: resources };
    }
    case 'unreserve': {
      const { resources } = operation;
      return { consumed: resources, converted: popReservation(resources) };
    }
    case 'createVolumes': {
      const { volumes } = operation;
      return { consumed: spaceOfAll(volumes), converted: volumes };
    }
    case 'destroyVolumes': {
      const { volumes } = operation;
      return { consumed: volumes, converted: spaceOfAll(volumes) };
    }
    case 'growVolume': {
      const { volume, addition } = operation;
      const grown = { ...volume, milli: volume.milli + addition.milli };
      return { consumed: plus([volume], [addition]), converted: [grown] };
    }
    case 'shrinkVolume': {
      const { volume, subtractMilli } = operation;
      const left = { ...volume, milli: volume.milli - subtractMilli };
      const freed = spaceOf({ ...volume, milli: subtractMilli });
      return { consumed: [volume], converted: plus([left], [freed]) };
    }
  }
}

/** @returns undefined where not all is there that would be consumed */
export function converted(resources: Resources, conversion: Conversion): Resources | undefined {
  const { consumed } = conversion;
  if (!contains(resources, consumed)) return undefined;
  return plus(minus(resources, consumed), conversion.converted);
}

/** What a volume is made of, and leaves: as much of the same disk, reserved for the same. */
export function spaceOf(volume: ScalarResource): ScalarResource {
  const { disk, shared: _shared, copies: _copies, ...rest } = volume;
  return disk?.source === undefined ? rest : { ...rest, disk: { source: disk.source } };
}

function spaceOfAll(volumes: Resources): Resources {
  return volumes.reduce<Resources>(
    (sum, volume) => plus(sum, [volume.type === 'scalar' ? spaceOf(volume) : volume]),
    [],
  );
}
