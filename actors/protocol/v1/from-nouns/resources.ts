/** Our resources and attributes → those of Mesos, unreserved, in the form after refinement. */
import type { Attributes, Resource, Resources } from '../../resources.ts';
import type { V1 } from '../dictionary.ts';

/** @param role for which they are allocated; absent: they are the agent's */
export function fromResources(resources: Resources, role?: string): readonly V1<'Resource'>[] {
  const allocated = role === undefined ? {} : { allocation_info: { role } };
  return resources.map((resource) => ({ ...valueOfResource(resource), ...allocated }));
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

/**
 * Numbers and ranges are told from texts by how they look, as Mesos does: clients compare numbers.
 * Source: Mesos, src/common/attributes.cpp and values.cpp.
 */
export function fromAttributes(attributes: Attributes): readonly V1<'Attribute'>[] {
  return attributes.map(({ name, value }) => {
    if (/^-?\d{1,15}(\.\d+)?$/.test(value)) {
      return { name, type: 'SCALAR', scalar: { value: Number(value) } };
    }
    if (!/^\[\d{1,15}-\d{1,15}(,\d{1,15}-\d{1,15})*\]$/.test(value)) {
      return { name, type: 'TEXT', text: { value } };
    }
    const range = value
      .slice(1, -1)
      .split(',')
      .map((item) => item.split('-'))
      .map(([begin = '', end = '']) => ({ begin: BigInt(begin), end: BigInt(end) }));
    return { name, type: 'RANGES', ranges: { range } };
  });
}
