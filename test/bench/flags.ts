/** The flags of `npm run bench`. */
import type { ParseArgsConfig } from 'node:util';

export const BENCH_OPTIONS = {
  rounds: { type: 'string', default: '5' },
  case: { type: 'string' },
  agents: { type: 'string' },
  frameworks: { type: 'string' },
  seconds: { type: 'string' },
  tasks: { type: 'string' },
  quick: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

export interface BenchFlags {
  readonly case?: string;
  readonly agents?: string;
  readonly frameworks?: string;
  readonly seconds?: string;
  readonly tasks?: string;
  readonly quick: boolean;
  readonly full: boolean;
  readonly json: boolean;
}

/** `1000,5000`. @throws Error where it is none */
export function numbersIn(name: string, text: string): number[] {
  return text.split(',').map((part) => {
    const number = Number(part);
    if (Number.isInteger(number) && number > 0) return number;
    throw new Error(`Cannot read --${name} "${text}": give whole numbers from 1, as in 1000,5000`);
  });
}
