/**
 * Quotas: what roles are guaranteed and what they never exceed. Kept in the registry, then used.
 *
 *     asked for ──its turn──▶ checked ──▶ registrar ──kept──▶ here, allocator ──▶ offers rescinded, answer
 *                                └──▶ refused: answer
 *
 * One at a time: what is checked is checked against what will be there. The allocator knows the new
 * quotas before offers are rescinded. Offers that it made before it knew may still be under way to us:
 * when it says that it knows (`quotaTaken`) all of them are here, and those over a limit go, too.
 * Source: Mesos 1.11, src/master/quota_handler.cpp; master.cpp, _recover.
 */
import { tellAllocator, tellRegistrar } from '../children.ts';
import type { MasterContext, MasterHandlers } from '../messages.ts';
import { noteGrants } from '../reads.ts';
import type { MasterState } from '../state.ts';
import { quotasOf } from './grants.ts';
import { withQuotas } from './quota-faults.ts';
import { configsOf, type QuotaRequest, type Refusal, requestFault } from './quota-requests.ts';
import { offersForGuarantee, offersOver } from './quota-rescinding.ts';
import { rescindSome } from './rescinding.ts';
import { roleSums } from './role-sums.ts';

/** Those that wait for their turn; with one more it is refused. */
const QUOTA_REQUESTS_MAX = 1000;

export const quotaHandlers: MasterHandlers<
  'updateQuota' | 'setQuota' | 'removeQuota' | 'quotaTaken'
> = {
  updateQuota: (state, request, context) => ask(state, request, context),
  setQuota: (state, request, context) => ask(state, request, context),
  removeQuota: (state, request, context) => ask(state, request, context),

  quotaTaken(state, _message, context) {
    const limits = [...state.quotas.values()].map((quota) => ({ ...quota, guaranteesMilli: {} }));
    rescindSome(state, offersOver(state, roleSums(state), limits), context);
  },
};

/** A new leader has the registry's; its allocator knows them before agents and frameworks. */
export function recoverQuotas(state: MasterState, context: MasterContext): void {
  for (const [role, quota] of context.options.registry.quotas) state.quotas.set(role, quota);
  if (state.quotas.size > 0) tellQuotas(state, context);
}

/** The registrar has answered for the first that waits. */
export function quotaKept(
  state: MasterState,
  refused: string | undefined,
  context: MasterContext,
): void {
  const request = state.quotaRequests.shift();
  if (request === undefined) return;
  if (refused === undefined) use(state, request, context);
  answer(request, refused === undefined ? {} : { refused }, context);
  next(state, context);
}

function ask(state: MasterState, request: QuotaRequest, context: MasterContext): void {
  if (state.quotaRequests.length >= QUOTA_REQUESTS_MAX) {
    const refused = `Cannot update quotas: ${QUOTA_REQUESTS_MAX} updates wait already; ask again`;
    answer(request, { refused, fault: 'busy' }, context);
    return;
  }
  state.quotaRequests.push(request);
  if (state.quotaRequests.length === 1) next(state, context);
}

function next(state: MasterState, context: MasterContext): void {
  for (const request of [...state.quotaRequests]) {
    const fault = requestFault(state, request, context.options.rolesAllowed);
    if (fault === undefined) {
      tellRegistrar(state, { type: 'updateQuota', configs: configsOf(request) }, context);
      return;
    }
    state.quotaRequests.shift();
    answer(request, fault, context);
  }
}

function use(state: MasterState, request: QuotaRequest, context: MasterContext): void {
  const configs = configsOf(request);
  const quotas = withQuotas(state.quotas, configs);
  state.quotas.clear();
  for (const [role, quota] of quotas) state.quotas.set(role, quota);
  noteGrants(state, context);
  tellQuotas(state, context);
  const roles = configs.map(({ role }) => `"${role}"`).join(', ');
  context.log.info(`The quotas of roles ${roles} were updated`);
  if (request.type === 'updateQuota') {
    rescindSome(state, offersOver(state, roleSums(state), configs), context);
  } else if (request.type === 'setQuota') {
    rescindSome(state, offersForGuarantee(state, request.config), context);
  }
}

function tellQuotas(state: MasterState, context: MasterContext): void {
  const configs = quotasOf(state);
  tellAllocator(state, { type: 'updateQuota', configs, replyTo: context.self }, context);
}

function answer({ replyTo }: QuotaRequest, verdict: Refusal, context: MasterContext): void {
  context.send(replyTo, { type: 'operatorAnswer', ...verdict });
}
