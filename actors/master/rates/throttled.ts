/**
 * Calls of frameworks that come faster than their principal may: each waits until its turn. One for
 * which there is no room ends the framework's subscription, as Mesos does: it would never learn
 * otherwise that its call was lost. What comes by HTTP has waited at that door (`scheduler-api.ts`).
 *
 * Counts calls by principals, too, whether there are limits or not.
 * Source: Mesos 1.11, src/master/master.cpp, Master::consume, exceededCapacity.
 */
import { sameAddress } from '../../../runtime/address.ts';
import { countEvent } from '../counters.ts';
import type { MasterContext, MasterHandlers, MasterInbox } from '../messages.ts';
import type { FrameworkRecord, MasterState } from '../state.ts';
import { exceededSentence } from './framework-rates.ts';

/** What subscribed frameworks say. */
const CALLS = [
  'teardown',
  'updateFramework',
  'accept',
  'decline',
  'revive',
  'suppress',
  'kill',
  'shutdownExecutor',
  'acknowledge',
  'reconcile',
  'schedulerMessage',
  'acknowledgeOperation',
  'reconcileOperations',
] as const satisfies readonly MasterInbox['type'][];

export type ThrottledCall = Extract<MasterInbox, { readonly type: (typeof CALLS)[number] }>;

type AllHandlers = MasterHandlers<MasterInbox['type']>;
type Handle = (state: MasterState, message: MasterInbox, context: MasterContext) => void;

/** The same handlers; those of calls are called when it is the caller's turn. */
export function throttled(handlers: Omit<AllHandlers, 'callDue'>): AllHandlers {
  const carryOut = (state: MasterState, call: ThrottledCall, context: MasterContext) => {
    (handlers[call.type] as unknown as Handle)(state, call, context);
  };
  const due: Pick<AllHandlers, 'callDue'> = {
    callDue(state, { call, caller }, context) {
      const framework = state.frameworks.get(call.frameworkId);
      // Another scheduler speaks for it meanwhile, or none.
      if (framework?.scheduler === undefined || !sameAddress(framework.scheduler, caller)) return;
      countCall(state, framework, 'processed');
      carryOut(state, call, context);
    },
  };
  const waiting = CALLS.map((type) => {
    const handle = (state: MasterState, call: ThrottledCall, context: MasterContext) => {
      if (mayNow(state, call, context)) carryOut(state, call, context);
    };
    return [type, handle];
  });
  return { ...handlers, ...Object.fromEntries(waiting), ...due };
}

/** @returns false: it comes again as `callDue`, or is lost. */
function mayNow(state: MasterState, call: ThrottledCall, context: MasterContext): boolean {
  const { sender, options, self } = context;
  const framework = state.frameworks.get(call.frameworkId);
  const scheduler = framework?.status === 'active' ? framework.scheduler : undefined;
  // Who is not the framework's scheduler is not heard anyway, and must not use up its turns.
  if (framework === undefined || scheduler === undefined || sender === undefined) return true;
  if (!sameAddress(sender, scheduler)) return true;
  countCall(state, framework, 'received');
  const isOverHttp = scheduler.node === self.node;
  const turn = isOverHttp
    ? undefined
    : options.rates?.turn(principalOf(framework), context.nowMs());
  if (turn?.type === 'full') {
    const message = exceededSentence(call.type, turn.capacity);
    context.log.warn(`${message}: framework "${call.frameworkId}" calls too fast`);
    context.send(scheduler, { type: 'subscriptionEnded', message });
    countEvent(call.frameworkId, 'ERROR', context);
    return false;
  }
  if (turn !== undefined && turn.delayMs > 0) {
    context.sendSelfAfter(turn.delayMs, { type: 'callDue', call, caller: scheduler });
    return false;
  }
  countCall(state, framework, 'processed');
  return true;
}

/** Calls of one principal, as metrics show them. */
export interface PrincipalCalls {
  received: number;
  processed: number;
}

function countCall(
  { principalCalls }: MasterState,
  framework: FrameworkRecord,
  what: keyof PrincipalCalls,
): void {
  const principal = principalOf(framework);
  if (principal === undefined) return;
  let calls = principalCalls.get(principal);
  if (calls === undefined) {
    calls = { received: 0, processed: 0 };
    principalCalls.set(principal, calls);
  }
  calls[what]++;
}

function principalOf({ info }: FrameworkRecord): string | undefined {
  return info.principal;
}

/** Source of the names: Mesos 1.11, src/master/metrics.hpp, Metrics::Frameworks. */
export function* principalGauges({ principalCalls, frameworks }: MasterState) {
  const present = new Set([...frameworks.values()].map(principalOf));
  for (const [principal, { received, processed }] of principalCalls) {
    if (!present.has(principal)) {
      principalCalls.delete(principal);
      continue;
    }
    yield [`frameworks/${principal}/messages_received`, received] as const;
    yield [`frameworks/${principal}/messages_processed`, processed] as const;
  }
}
