/**
 * Operations on resources of Mesos → ours.
 * Source of the sentences: Mesos, src/common/resources_utils.cpp, validateAndUpgradeResources;
 * src/master/validation.cpp, operation::validate.
 */
import type { ResourceOperation } from '../../resource-operations.ts';
import { SCALAR_MILLI_MAX } from '../../resource-text.ts';
import type { Resources, ScalarResource } from '../../resources.ts';
import type { V1, V1Enum } from '../dictionary.ts';
import { type Report, step } from '../reading.ts';
import { toResources } from './resources.ts';

type OperationV1 = V1<'Offer.Operation'>;
type Reader = (operation: OperationV1, report: Report, path: string) => ResourceOperation | string;

/** @returns undefined where it is none of them, or not valid: then the reason is in the report */
export function toResourceOperation(
  operation: OperationV1,
  report: Report,
  path: string,
): ResourceOperation | undefined {
  const { type = 'UNKNOWN' } = operation;
  const read = READERS[type];
  if (read === undefined) {
    report.valueNotSupported('Offer.Operation.type', step(path, 'type'), type);
    return undefined;
  }
  const found = read(operation, report, path);
  if (typeof found !== 'string') return found;
  const field = `Offer.Operation.${found}`;
  report.refuse(step(path, found), `A ${type} offer operation must have the ${field} field set.`);
  return undefined;
}

/** Each gives the name of the part that is not there, or the operation. */
const READERS: Readonly<Partial<Record<V1Enum<'Offer.Operation.Type'>, Reader>>> = {
  RESERVE: ({ reserve }, report, path) => {
    if (reserve === undefined) return 'reserve';
    const at = step(path, 'reserve');
    const resources = listOf(reserve.resources, report, step(at, 'resources'));
    if ((reserve.source ?? []).length === 0) return { type: 'reserve', resources };
    return {
      type: 'reserve',
      resources,
      source: listOf(reserve.source, report, step(at, 'source')),
    };
  },
  UNRESERVE: ({ unreserve }, report, path) => {
    if (unreserve === undefined) return 'unreserve';
    const resources = listOf(unreserve.resources, report, step(path, 'unreserve.resources'));
    return { type: 'unreserve', resources };
  },
  CREATE: ({ create }, report, path) => {
    if (create === undefined) return 'create';
    const volumes = listOf(create.volumes, report, step(path, 'create.volumes'));
    return { type: 'createVolumes', volumes };
  },
  DESTROY: ({ destroy }, report, path) => {
    if (destroy === undefined) return 'destroy';
    const volumes = listOf(destroy.volumes, report, step(path, 'destroy.volumes'));
    return { type: 'destroyVolumes', volumes };
  },
  GROW_VOLUME: ({ grow_volume: grow }, report, path) => {
    if (grow === undefined) return 'grow_volume';
    const at = step(path, 'grow_volume');
    const volume = oneOf(grow.volume, report, step(at, 'volume'));
    return {
      type: 'growVolume',
      volume,
      addition: amountOf(grow.addition, volume, report, step(at, 'addition')),
    };
  },
  SHRINK_VOLUME: ({ shrink_volume: shrink }, report, path) => {
    if (shrink === undefined) return 'shrink_volume';
    const at = step(path, 'shrink_volume');
    const volume = oneOf(shrink.volume, report, step(at, 'volume'));
    const subtractMilli = Math.round(shrink.subtract.value * 1000);
    if (subtractMilli > SCALAR_MILLI_MAX) report.refuse(at, SUBTRACT_TOO_MUCH);
    return { type: 'shrinkVolume', volume, subtractMilli: Math.max(0, subtractMilli) || 0 };
  },
};

const SUBTRACT_TOO_MUCH =
  "Value of 'ShrinkVolume.subtract' must be smaller than the size of 'ShrinkVolume.volume'";

/** What is a whole is named once: two of one id would be one in the sum. */
function listOf(
  list: readonly V1<'Resource'>[] | undefined,
  report: Report,
  path: string,
): Resources {
  const resources = toResources(list, report, path);
  const volumes = (list ?? []).filter((one) => one.disk?.persistence !== undefined && !one.shared);
  const ids = new Set(resources.map(({ disk }) => disk?.persistence?.id));
  const isTwice = (id: string | undefined) =>
    volumes.filter(({ disk }) => disk?.persistence?.id === id).length >
    resources.filter(({ disk }) => disk?.persistence?.id === id).length;
  for (const id of ids) {
    if (id !== undefined && isTwice(id))
      report.refuse(path, `Persistence ID '${id}' is not unique`);
  }
  return resources;
}

/** A scalar, or nothing of it: then what is asked of it is said to be wrong. */
function oneOf(resource: V1<'Resource'>, report: Report, path: string): ScalarResource {
  const [one] = toResources([resource], report, path);
  if (one?.type === 'scalar') return one;
  // What is not valid has been reported.
  if (one !== undefined) report.refuse(path, `Resource ${resource.name} does not have DiskInfo`);
  return { name: resource.name, type: 'scalar', milli: 1 };
}

function amountOf(
  resource: V1<'Resource'>,
  volume: ScalarResource,
  report: Report,
  path: string,
): ScalarResource {
  const [one] = toResources([resource], report, path);
  if (one?.type === 'scalar') return one;
  const sentence =
    one === undefined
      ? "The size of 'GrowVolume.addition' field must be greater than zero"
      : "Incompatible resources in the 'GrowVolume.volume' and 'GrowVolume.addition' fields";
  report.refuse(path, sentence);
  return volume;
}
