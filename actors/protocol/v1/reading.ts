/**
 * What is said of a message on its way to our nouns, beside the noun: which of its fields no noun
 * has (yet), and what is not valid. Nothing is dropped silently: whoever reads decides whether to
 * refuse, to keep the message beside the noun, or to go on without.
 *
 * Both lists are bounded by the number of values in a message.
 */
import { linkedMessage, type V1, type V1Name } from './dictionary.ts';

/** Such as `TaskInfo.health_check`. */
export type V1Field = { [Name in V1Name]: `${Name}.${keyof V1<Name> & string}` }[V1Name];

export interface NotSupported {
  readonly field: V1Field;
  /** Where in the message, such as `accept.operations[0].launch.task_infos[2].health_check`. */
  readonly path: string;
  /** When the field is supported, but not with this value. */
  readonly value?: string;
  /** What to do about it, as the end of a sentence; absent: leave it out. */
  readonly instead?: string;
}

export interface Invalid {
  readonly path: string;
  /** In the words of Mesos. */
  readonly sentence: string;
}

export interface Reading<Noun> {
  readonly noun: Noun;
  readonly notSupported: readonly NotSupported[];
  readonly invalid: readonly Invalid[];
}

/** Is handed down while a message is read. */
export class Report {
  readonly notSupported: NotSupported[] = [];
  readonly invalid: Invalid[] = [];

  /** Every field that is set and not among `understood`. */
  rest<Name extends V1Name>(
    name: Name,
    object: V1<Name>,
    understood: readonly (keyof V1<Name> & string)[],
    path: string,
  ): void {
    for (const field of linkedMessage(name).fields) {
      const key = field.name as keyof V1<Name> & string;
      if (saysNothing(object[key]) || understood.includes(key)) continue;
      this.notSupported.push({ field: `${name}.${key}` as V1Field, path: step(path, key) });
    }
  }

  fieldNotSupported(field: V1Field, path: string, instead: string): void {
    this.notSupported.push({ field, path, instead });
  }

  valueNotSupported(field: V1Field, path: string, value: string, instead?: string): void {
    this.notSupported.push({ field, path, value, ...(instead === undefined ? {} : { instead }) });
  }

  refuse(path: string, sentence: string): void {
    this.invalid.push({ path, sentence });
  }
}

/** An empty list is the same as none. */
function saysNothing(value: unknown): boolean {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return true;
  return value instanceof Map && value.size === 0;
}

export function readWith<Noun>(read: (report: Report) => Noun): Reading<Noun> {
  const report = new Report();
  const noun = read(report);
  return { noun, notSupported: report.notSupported, invalid: report.invalid };
}

/** The path of a field, or of an item of a list, below `path`. */
export function step(path: string, key: string, index?: number): string {
  const field = path === '' ? key : `${path}.${key}`;
  return index === undefined ? field : `${field}[${index}]`;
}
