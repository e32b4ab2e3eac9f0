/** Our resources and attributes → those of Mesos, in the form after refinement. */
import type { Disk, DiskSource, Reservation } from '../../resource-kinds.ts';
import { attributeType } from '../../resource-text.ts';
import type { Attributes, Resource, Resources } from '../../resources.ts';
import type { V1 } from '../dictionary.ts';
import { fromLabels } from './commands.ts';

/** @param role for which they are allocated; absent: they are the agent's */
export function fromResources(resources: Resources, role?: string): readonly V1<'Resource'>[] {
  const allocated = role === undefined ? {} : { allocation_info: { role } };
  return resources.flatMap((resource) => {
    const one = { ...valueOfResource(resource), ...kindOfResource(resource), ...allocated };
    const copies = resource.type === 'scalar' ? resource.copies : undefined;
    return copies === undefined ? one : Array.from({ length: copies }, () => one);
  });
}

function kindOfResource({
  reservations,
  disk,
  revocable,
  shared,
}: Resource): Partial<V1<'Resource'>> {
  return {
    ...(reservations && { reservations: reservations.map(fromReservation) }),
    ...(disk && { disk: fromDisk(disk) }),
    ...(revocable && { revocable: {} }),
    ...(shared && { shared: {} }),
  };
}

function fromReservation(reservation: Reservation): V1<'Resource.ReservationInfo'> {
  const { type, role, principal, labels } = reservation;
  return {
    type: type === 'static' ? 'STATIC' : 'DYNAMIC',
    role,
    ...(principal !== undefined && { principal }),
    ...(labels && { labels: fromLabels(labels) }),
  };
}

function fromDisk({ persistence, volume, source }: Disk): V1<'Resource.DiskInfo'> {
  return {
    ...(persistence && { persistence }),
    ...(volume && {
      volume: {
        mode: volume.mode === 'ro' ? 'RO' : 'RW',
        container_path: volume.containerPath,
        ...(volume.hostPath !== undefined && { host_path: volume.hostPath }),
      },
    }),
    ...(source && { source: fromSource(source) }),
  };
}

const SOURCE_TYPES = { path: 'PATH', mount: 'MOUNT', block: 'BLOCK', raw: 'RAW' } as const;

function fromSource(source: DiskSource): V1<'Resource.DiskInfo.Source'> {
  const { type, root, vendor, id, metadata, profile } = source;
  return {
    type: SOURCE_TYPES[type],
    ...(type === 'path' && { path: root === undefined ? {} : { root } }),
    ...(type === 'mount' && { mount: root === undefined ? {} : { root } }),
    ...(vendor !== undefined && { vendor }),
    ...(id !== undefined && { id }),
    ...(metadata && { metadata: fromLabels(metadata) }),
    ...(profile !== undefined && { profile }),
  };
}

function valueOfResource(resource: Resource): V1<'Resource'> {
  const { name } = resource;
  switch (resource.type) {
    case 'scalar':
      return { name, type: 'SCALAR', scalar: { value: resource.milli / 1000 } };
    case 'ranges': {
      const range = resource.ranges.map(({ begin, end }) => ({
        begin: BigInt(begin),
        end: BigInt(end),
      }));
      return { name, type: 'RANGES', ranges: { range } };
    }
    case 'set':
      return { name, type: 'SET', set: { item: resource.items } };
  }
}

export function fromAttributes(attributes: Attributes): readonly V1<'Attribute'>[] {
  return attributes.map(({ name, value }) => {
    const type = attributeType(value);
    if (type === 'scalar') return { name, type: 'SCALAR', scalar: { value: Number(value) } };
    if (type === 'text') return { name, type: 'TEXT', text: { value } };
    const range = value
      .slice(1, -1)
      .split(',')
      .map((item) => item.split('-'))
      .map(([begin = '', end = '']) => ({ begin: BigInt(begin), end: BigInt(end) }));
    return { name, type: 'RANGES', ranges: { range } };
  });
}
