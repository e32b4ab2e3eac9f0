/**
 * What becomes here of one thing of Mesos: a call, an event, an endpoint, a metric.
 *
 * When something is built, its row changes by one word, from `pending` to `done`; the test that
 * compares these tables with the code says which words those are.
 */
export type Row =
  /** As in Mesos. */
  | 'done'
  /** Will be as in Mesos, and is not there yet. */
  | 'pending'
  | { readonly different: string }
  | { readonly refused: string };

export const done: Row = 'done';
export const pending: Row = 'pending';

export function different(how: string): Row {
  return { different: how };
}

export function refused(why: string): Row {
  return { refused: why };
}

/** Whether something answers for it. */
export function isThere(row: Row): boolean {
  return row === 'done' || (typeof row === 'object' && 'different' in row);
}

/** The last two cells of its line. */
export function cellsOf(row: Row): readonly [status: string, remark: string] {
  if (row === 'done') return ['done', ''];
  if (row === 'pending') return ['refused', 'not there yet'];
  return 'different' in row ? ['different', row.different] : ['refused', row.refused];
}
