/** Finds what a person means by an id: the whole of it, or its beginning when that fits only one. */
import { ExitError } from '../exits.ts';

/** So many of the things that an id may mean are named. */
const CANDIDATE_COUNT_MAX = 5;

/**
 * @param noun what is looked for, as in `Cannot find task "x"`
 * @param describe how a candidate is told from others with the same id
 * @throws ExitError `failed` with the candidates, when none or several fit
 */
export function findById<Item>(
  items: readonly Item[],
  wanted: string,
  noun: string,
  idOf: (item: Item) => string,
  describe: (item: Item) => string = idOf,
): Item {
  // The beginning of all of them: whoever kills "$ID" and has none must not kill the only task.
  if (wanted === '') {
    throw new ExitError(
      'failed',
      `Cannot find a ${noun} by an empty id: give the beginning of one`,
    );
  }
  const exact = items.filter((item) => idOf(item) === wanted);
  const fitting = exact.length > 0 ? exact : items.filter((item) => idOf(item).startsWith(wanted));
  const [first, second] = fitting;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined) {
    throw new ExitError(
      'failed',
      `"${wanted}" can mean ${listed(fitting.map(describe))}; say more of it`,
    );
  }
  const near = nearest(wanted, items.map(idOf));
  const advice =
    near.length > 0
      ? `did you mean ${listed(near)}?`
      : items.length > 0
        ? `there are ${listed(items.map(idOf))}`
        : 'there is none at all';
  throw new ExitError('failed', `Cannot find ${noun} "${wanted}": ${advice}`);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, CANDIDATE_COUNT_MAX);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

/** The names that contain `wanted`, or differ from it in few letters; nearest first. */
function nearest(wanted: string, names: readonly string[]): readonly string[] {
  const distanceMax = Math.floor(wanted.length / 3);
  return [...new Set(names)]
    .map((name) => ({ name, distance: name.includes(wanted) ? 0 : distance(wanted, name) }))
    .filter(({ distance: far }) => far <= distanceMax)
    .sort((one, other) => one.distance - other.distance)
    .map(({ name }) => name);
}

/** Levenshtein's: how many letters have to be changed, added or left out. */
export function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let line = 1; line <= one.length; line++) {
    const next = [line];
    for (let column = 1; column <= other.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (one[line - 1] === other[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
