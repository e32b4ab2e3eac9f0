/**
 * Branded ids: a task id is not interchangeable with an offer id.
 *
 * Who makes them, and how they look (as in Mesos, because clients parse them):
 * framework `<master uuid>-0000`, agent `<master uuid>-S0`, offer `<master uuid>-O0`; container,
 * update and operation ids are UUIDs; task and executor ids are chosen by frameworks and checked by `idFault`.
 */
type Brand<Name extends string> = string & { readonly __brand: Name };

export type AgentId = Brand<'AgentId'>;
export type ContainerId = Brand<'ContainerId'>;
export type ExecutorId = Brand<'ExecutorId'>;
export type FrameworkId = Brand<'FrameworkId'>;
export type OfferId = Brand<'OfferId'>;
/** Chosen by the framework. */
export type OperationId = Brand<'OperationId'>;
/** Chosen by the master, for each operation another one. */
export type OperationUuid = Brand<'OperationUuid'>;
export type TaskId = Brand<'TaskId'>;
export type UpdateId = Brand<'UpdateId'>;

/** A message with a longer id is refused. */
export const ID_LENGTH_MAX = 255;

/**
 * The rule for ids that outsiders choose: 1 to 255 characters, no control characters, no `/` or
 * `\`, not `.` or `..` (they become names of directories).
 * Source: Mesos 1.11, src/common/validation.cpp, validateID.
 * @returns what is wrong, as the end of a sentence, or undefined
 */
export function idFault(id: unknown): string | undefined {
  if (typeof id !== 'string') return 'an id must be a string';
  if (id === '') return 'an id must not be empty';
  if (id.length > ID_LENGTH_MAX) return `an id must be at most ${ID_LENGTH_MAX} characters long`;
  if (id === '.' || id === '..') return `"${id}" is not allowed as an id`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f/\\]/.test(id)) {
    return 'an id must not contain control characters, "/" or "\\"';
  }
  return undefined;
}
