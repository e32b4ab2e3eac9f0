/**
 * Ids in the words of Mesos.
 * Source: Mesos, src/common/validation.cpp, validateID; src/slave/validation.cpp.
 */
import { ID_LENGTH_MAX } from '../../ids.ts';
import type { V1 } from '../dictionary.ts';
import { updateIdOfUuid } from '../opaque-data.ts';

/** A container's id with more characters is not valid. */
const CONTAINER_ID_LENGTH_MAX = 242;

export function uuidFault(uuid: Uint8Array): string | undefined {
  return updateIdOfUuid(uuid) === undefined ? 'Not a valid UUID' : undefined;
}

export function idSentence(id: string): string | undefined {
  if (id === '') return 'ID must not be empty';
  if (Buffer.byteLength(id) > ID_LENGTH_MAX) {
    return `ID must not be greater than ${ID_LENGTH_MAX} characters`;
  }
  if (id === '.' || id === '..') return `'${id}' is disallowed`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001f\u007f/\\]/.test(id) ? `'${id}' contains invalid characters` : undefined;
}

/** With all its parents; they are at most as deep as a message may be. */
export function containerIdFault({ value, parent }: V1<'ContainerID'>): string | undefined {
  const fault = idSentence(value);
  if (fault !== undefined) return fault;
  const what = `'ContainerID.value' '${value}'`;
  if (value.length > CONTAINER_ID_LENGTH_MAX) {
    return `${what} exceeds the maximum length (${CONTAINER_ID_LENGTH_MAX})`;
  }
  if (/[. ]/.test(value)) return `${what} contains invalid characters`;
  const above = parent && containerIdFault(parent);
  return above && `'ContainerID.parent' is invalid: ${above}`;
}
