/**
 * What operators order: asked of the registrar, and answered when it has answered.
 *
 * The registrar answers in the order of asking, so its answers are those to the orders, the oldest
 * first. Nothing is done before the registry has it.
 */
import { assert } from '../../runtime/assert.ts';
import type { OperatorAnswer } from '../protocol/operator-to-master.ts';
import { tellRegistrar } from './children.ts';
import type { MasterContext } from './messages.ts';
import type { MasterState, OperatorOperation, OrderToAnswer } from './state.ts';

export type Refusal = Pick<OperatorAnswer, 'refused' | 'fault'>;

/** @param fault why it is not even asked for */
export function askRegistrar(
  state: MasterState,
  order: OrderToAnswer,
  fault: Refusal | undefined,
  context: MasterContext,
): void {
  const { operation, replyTo } = order;
  if (fault !== undefined) {
    if (replyTo !== undefined) context.send(replyTo, { type: 'operatorAnswer', ...fault });
    return;
  }
  state.orders.push(order);
  tellRegistrar(state, operation, context);
}

/** The registry has it, or has refused it. @param carryOut only when it has it */
export function orderAnswered(
  state: MasterState,
  { type }: OperatorOperation,
  refused: string | undefined,
  carryOut: () => void,
  context: MasterContext,
): void {
  const order = state.orders.shift();
  assert(order?.operation.type === type, 'orders are answered as they were asked');
  if (refused === undefined) carryOut();
  else context.log.info(refused);
  if (order.replyTo === undefined) return;
  // It was sound when it was asked: things have changed meanwhile, or somebody else was faster.
  const why = refused === undefined ? {} : ({ refused, fault: 'conflict' } as const);
  context.send(order.replyTo, { type: 'operatorAnswer', ...why });
}
