/**
 * Which required fields are not set, told as Mesos does: paths separated by a comma and a blank.
 * Source: protobuf, InitializationErrorString.
 */
import { Fault, quoted } from './faults.ts';
import { V1_MISSING_FIELDS_TOLD_MAX } from './limits.ts';
import type { LinkedMessage } from './linked.ts';

/** An object on its way to be a `V1`. */
export type Draft = Record<string, unknown>;

export function lacksRequired(message: LinkedMessage, object: Draft): boolean {
  for (const field of message.required) {
    if (object[field.name] === undefined) return true;
  }
  return false;
}

export function missingFault(message: LinkedMessage, object: Draft): Fault {
  const missing: Missing = { told: [], count: 0 };
  collect(message, object, '', missing);
  const more = missing.count - missing.told.length;
  return new Fault(
    'fieldsMissing',
    `Missing required fields: ${missing.told.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  );
}

interface Missing {
  readonly told: string[];
  count: number;
}

function collect(message: LinkedMessage, object: Draft, prefix: string, missing: Missing): void {
  for (const field of message.required) {
    if (object[field.name] !== undefined) continue;
    if (missing.count++ < V1_MISSING_FIELDS_TOLD_MAX) missing.told.push(`${prefix}${field.name}`);
  }
  for (const { name, type, label } of message.ascending) {
    const value = object[name];
    if (type.kind !== 'message' || value === undefined) continue;
    if (label === 'map') {
      for (const [key, item] of value as ReadonlyMap<string, Draft>) {
        collect(type, item, `${prefix}${name}["${quoted(key)}"].`, missing);
      }
    } else if (label === 'repeated') {
      for (const [index, item] of (value as Draft[]).entries()) {
        collect(type, item, `${prefix}${name}[${index}].`, missing);
      }
    } else {
      collect(type, value as Draft, `${prefix}${name}.`, missing);
    }
  }
}
