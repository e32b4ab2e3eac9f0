/**
 * Whether a history is linearizable: whether each operation can be given one moment between its
 * invocation and its answer, so that one object, used by one client after another, answers the same.
 *
 *   client 1  |-- write 1 --|
 *   client 2          |-- write 2 ----------|       linearizable: write 1, write 2, read → 2
 *   client 3                  |-- read → 2 --|
 *
 * What nobody answered stays open to the end: it may have happened at any moment, or never. What failed
 * for sure did not happen and does not belong into a history.
 *
 * A model may say which part of the object an operation uses. Parts are searched in turns, a slice each,
 * because a history is as linearizable as its parts, and an illegal part may be found in few steps while
 * another would take hours. Pure: the budget is counted in steps of the model, not in time.
 * Sources: Herlihy and Wing, Linearizability (1990), with its theorem of locality; the search is
 * described in `linearization-search.ts`.
 */
import { assert } from '../../runtime/assert.ts';
import type { Model, Operation } from './linearizability-models.ts';
import { LinearizationSearch, type Obstacle } from './linearization-search.ts';

/** Steps of the model, for all parts together: about a second and 200 MiB. */
const STEP_COUNT_MAX = 3_000_000;

/** So many steps a part has before it is the next one's turn. */
const SLICE_STEP_COUNT = 1000;

/** So many operations of the longest order are told in words. */
const TOLD_OPERATION_COUNT_MAX = 10;

export interface CheckOptions {
  /** Default: three million. Beyond it the verdict is `unknown`. */
  readonly stepCountMax?: number;
}

export type Verdict<Recorded, State> =
  | {
      readonly type: 'linearizable';
      readonly stepCount: number;
      /** By part, an order that proves it; open operations are in it only where they were needed. */
      readonly orders: ReadonlyMap<string, readonly Recorded[]>;
    }
  | {
      readonly type: 'illegal';
      readonly stepCount: number;
      readonly part: string;
      readonly obstacle: Obstacle<Recorded, State>;
    }
  /** The budget was used up before these parts were decided; none of the others is illegal. */
  | { readonly type: 'unknown'; readonly stepCount: number; readonly parts: readonly string[] };

export function checkLinearizability<
  Input,
  Output,
  State,
  Recorded extends Operation<Input, Output>,
>(
  model: Model<Input, Output, State>,
  operations: readonly (Recorded & Operation<Input, Output>)[],
  { stepCountMax = STEP_COUNT_MAX }: CheckOptions = {},
): Verdict<Recorded, State> {
  const parts = new Map<string, Recorded[]>();
  for (const operation of operations) {
    const { invokedAt, answer } = operation;
    assert(answer === undefined || answer.at >= invokedAt, 'no answer comes before its question');
    const name = model.partOf?.(operation.input) ?? '';
    const part = parts.get(name);
    if (part === undefined) parts.set(name, [operation]);
    else part.push(operation);
  }

  const orders = new Map<string, readonly Recorded[]>();
  let undecided = [...parts].map(([name, part]) => ({
    name,
    search: new LinearizationSearch<Input, Output, State, Recorded>(model, part),
  }));
  let stepCount = 0;
  while (undecided.length > 0 && stepCount < stepCountMax) {
    for (const { name, search } of undecided) {
      stepCount += search.advance(Math.min(SLICE_STEP_COUNT, stepCountMax - stepCount));
      if (search.status === 'illegal') {
        return { type: 'illegal', stepCount, part: name, obstacle: search.obstacle() };
      }
      if (search.status === 'linearizable') orders.set(name, search.order());
    }
    undecided = undecided.filter(({ search }) => search.status === 'searching');
  }
  return undecided.length === 0
    ? { type: 'linearizable', stepCount, orders }
    : { type: 'unknown', stepCount, parts: undecided.map(({ name }) => name) };
}

/** A verdict in words, for the message of an assertion. */
export function explainVerdict<Recorded extends Operation<unknown, unknown>, State>(
  verdict: Verdict<Recorded, State>,
  describe: (operation: Recorded) => string = describeOperation,
): string {
  const { stepCount } = verdict;
  if (verdict.type === 'linearizable') return `Linearizable, found in ${stepCount} steps`;
  if (verdict.type === 'unknown') {
    const parts = verdict.parts.map((name) => JSON.stringify(name)).join(', ');
    return `Could not decide within ${stepCount} steps about ${parts}; allow more steps, or record less`;
  }
  const { order, state, first, others } = verdict.obstacle;
  const told = order.slice(-TOLD_OPERATION_COUNT_MAX);
  return [
    `Not linearizable${verdict.part === '' ? '' : ` in ${JSON.stringify(verdict.part)}`}`,
    `The first ${order.length} operations have an order${told.length < order.length ? '; it ends' : ''}:`,
    ...told.map((operation) => `  ${describe(operation)}`),
    `which leaves ${JSON.stringify(state)}. No order has this as well before it was answered:`,
    `  ${describe(first)}`,
    ...(others.length === 0 ? [] : ['Asked before that answer too, and not in that order:']),
    ...others.map((operation) => `  ${describe(operation)}`),
  ].join('\n');
}

/** As `client 3 [12, 15] {"type":"read"} → 4`. */
function describeOperation({ client, input, invokedAt, answer }: Operation<unknown, unknown>) {
  const asked = JSON.stringify(input);
  return answer === undefined
    ? `client ${client} [${invokedAt}, …] ${asked}`
    : `client ${client} [${invokedAt}, ${answer.at}] ${asked} → ${JSON.stringify(answer.output)}`;
}
