/**
 * Which required fields are not set, told as Mesos does: paths separated by a comma and a blank.
 * Source: protobuf, InitializationErrorString.
 */
import { Fault } from './faults.ts';
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
  const paths: string[] = [];
  collect(message, object, '', paths);
  const told = paths.slice(0, V1_MISSING_FIELDS_TOLD_MAX).join(', ');
  const more = paths.length - V1_MISSING_FIELDS_TOLD_MAX;
  return new Fault(
    'fieldsMissing',
    `Missing required fields: ${told}${more > 0 ? ` and ${more} more` : ''}`,
  );
}

function collect(message: LinkedMessage, object: Draft, prefix: string, paths: string[]): void {
  for (const field of message.required) {
    if (object[field.name] === undefined) paths.push(`${prefix}${field.name}`);
  }
  for (const { name, type, label } of message.ascending) {
    const value = object[name];
    if (type.kind !== 'message' || value === undefined) continue;
    if (label === 'map') {
      for (const [key, item] of value as ReadonlyMap<string, Draft>) {
        collect(type, item, `${prefix}${name}["${key}"].`, paths);
      }
    } else if (label === 'repeated') {
      for (const [index, item] of (value as Draft[]).entries()) {
        collect(type, item, `${prefix}${name}[${index}].`, paths);
      }
    } else {
      collect(type, value as Draft, `${prefix}${name}.`, paths);
    }
  }
}
