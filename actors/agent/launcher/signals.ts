/** Signals by their numbers, as this machine has them. */
import { constants } from 'node:os';

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals)
    .filter(([name]) => name !== 'SIGIOT' && name !== 'SIGPOLL' && name !== 'SIGUNUSED')
    .map(([name, number]) => [number, name]),
);

/** `SIGKILL` for 9; `signal 40` for one without a name. */
export function signalName(number: number): string {
  return NAMES.get(number) ?? `signal ${number}`;
}
