/**
 * The agent and its master: registration, pings, the broken link, and what is unknown to one of them.
 * When to ask is decided in `registration.ts`, whom in `masters.ts`; here it is done.
 */
import type { Address, Exited } from '../../runtime/actor.ts';
import { address, formatAddress, sameAddress } from '../../runtime/address.ts';
import {
  MASTER_MISSING_AGAIN_MS,
  MASTER_MISSING_MS,
  masterMissingSentence,
} from '../protocol/master-search.ts';
import type { FromMasterToAgent } from '../protocol/master-to-agent.ts';
import {
  foundLeader,
  lostLeader,
  type MasterSearch,
  mastersOf,
  nextMaster,
  redirected,
  succeeded,
  toldOfMasters,
} from '../protocol/masters.ts';
import { MASTER_NAME, type MasterMessage } from '../protocol/messages.ts';
import { waitsInVain } from './admission.ts';
import { heedDrain } from './draining.ts';
import { endWhenDone } from './ending.ts';
import { keepThen } from './keeping.ts';
import { tellOversubscribed } from './oversubscription/oversubscription.ts';
import { nextStep, type RegistrationEvent, spreadWithTasks } from './registration.ts';
import { reportAll } from './registration-report.ts';
import { reportedResources, reportUnknownOperations } from './resources/operations.ts';
import type { AgentContext, AgentHandlers, AgentState } from './state.ts';
import { reportUnknown } from './tasks.ts';

export const mastershipHandlers: AgentHandlers<
  | 'notLeader'
  | 'agentRegistered'
  | 'agentReregistered'
  | 'ping'
  | 'registrationDue'
  | 'masterMissing'
  | 'pingMissed'
> = {
  notLeader(state, message, context) {
    if (state.registration.phase === 'registered') {
      const next = succeeded(state.search, message);
      if (next === undefined) state.search = toldOfMasters(state.search, message);
      else lose(state, `the master at ${next.leader} leads now`, context, next);
      return;
    }
    const { search, askNow } = redirected(state.search, message);
    state.search = search;
    state.unreachedCount = 0;
    if (askNow) step(state, 'redirected', context);
  },

  agentRegistered(state, message, context) {
    const { master, agentId } = message;
    // A second answer, or one to a question from before we got an id.
    if (state.agentId !== undefined && state.agentId !== agentId) {
      context.log.warn('Ignoring a registration under another id', { agentId });
      return;
    }
    if (isOfThePast(state, message, context)) return;
    if (state.agentId === undefined) {
      state.agentId = agentId;
      context.log.info(`Registered as ${agentId}`, { master: formatAddress(master) });
      const { info, bootId } = context.options;
      const record = { type: 'agent', agentId, info, bootId } as const;
      keepThen(state, { checkpointed: true }, [record], [], context);
    }
    registered(state, message, context);
    heedDrain(state, message.drain, context);
  },

  agentReregistered(state, message, context) {
    const { master, agentId, unknownTasks, unknownOperations = [] } = message;
    if (state.agentId !== agentId || isOfThePast(state, message, context)) return;
    if (state.registration.phase !== 'registered') {
      context.log.info(`Registered again as ${agentId}`, { master: formatAddress(master) });
    }
    registered(state, message, context);
    for (const unknown of unknownTasks) reportUnknown(state, unknown, context);
    reportUnknownOperations(state, unknownOperations, context);
    heedDrain(state, message.drain, context);
  },

  ping(state, { master, agentId, connected, returnSpreadMs, drain }, context) {
    // For an earlier life at this address: the master finds out when nobody answers.
    if (agentId !== state.agentId) return;
    context.send(master, { type: 'pong', agentId });
    if (state.registration.phase !== 'registered') return;
    watchPings(state, context);
    // A master that was deposed may not know of what operators want by now.
    const isOurs = state.master !== undefined && sameAddress(state.master, master);
    if (isOurs && returnSpreadMs !== undefined) state.returnSpreadMs = returnSpreadMs;
    if (isOurs && connected) heedDrain(state, drain, context);
    if (!connected) lose(state, 'the master took this agent for disconnected', context);
    else if (waitsInVain(state)) ask(state, master, context);
  },

  registrationDue(state, _, context) {
    state.registrationTimer = undefined;
    step(state, 'unanswered', context);
  },

  masterMissing(state, _, context) {
    const { missing } = state;
    if (missing === undefined) return;
    const { sinceMs } = missing;
    context.log.warn(masterMissingSentence(mastersOf(state.search), context.nowMs() - sinceMs));
    const timer = context.sendSelfAfter(MASTER_MISSING_AGAIN_MS, { type: 'masterMissing' });
    state.missing = { sinceMs, timer };
  },

  pingMissed(state, _, context) {
    state.pingTimer = undefined;
    lose(state, 'the master sent no ping for too long', context);
  },
};

export function step(state: AgentState, event: RegistrationEvent, context: AgentContext): void {
  if (state.ending !== undefined) return;
  const { registrationBackoffMs, registrationBackoffMsMax } = context.options;
  const limits = {
    delayMsMin: registrationBackoffMs,
    delayMsMax: registrationBackoffMsMax,
    returnSpreadMs: spreadWithTasks(state.returnSpreadMs, taskCountOf(state)),
  };
  const next = nextStep(state.registration, event, limits, () => context.random());
  if (next === undefined) return;
  state.registration = next.registration;
  if (state.registrationTimer !== undefined) context.cancel(state.registrationTimer);
  state.registrationTimer =
    next.waitMs === undefined
      ? undefined
      : context.sendSelfAfter(next.waitMs, { type: 'registrationDue' });
  if (next.ask) askNext(state, context);
  watchSearch(state, context);
}

function taskCountOf({ frameworks }: AgentState): number {
  let count = 0;
  for (const { tasks } of frameworks.values()) count += tasks.size;
  return count;
}

function watchSearch(state: AgentState, context: AgentContext): void {
  const { missing, registration } = state;
  const searches = registration.phase !== 'waiting' && registration.phase !== 'registered';
  if (searches && missing === undefined) {
    const timer = context.sendSelfAfter(MASTER_MISSING_MS, { type: 'masterMissing' });
    state.missing = { sinceMs: context.nowMs(), timer };
  } else if (!searches && missing !== undefined) {
    context.cancel(missing.timer);
    state.missing = undefined;
  }
}

/** A link to a master is broken: of the one that registered us, or of one that was asked to. */
export function masterExited(
  state: AgentState,
  { address: gone }: Exited,
  context: AgentContext,
): boolean {
  if (state.master !== undefined && sameAddress(gone, state.master)) {
    lose(state, 'the connection to the master broke', context);
    return true;
  }
  if (state.asked === undefined || !sameAddress(gone, state.asked)) return false;
  state.asked = undefined;
  state.unreachedCount++;
  const others = state.unreachedCount < mastersOf(state.search).length;
  step(state, others ? 'redirected' : 'unreached', context);
  return true;
}

/** @param next where to turn to, if that is known */
function lose(state: AgentState, why: string, context: AgentContext, next?: MasterSearch): void {
  if (state.registration.phase !== 'registered') return;
  context.log.warn(`Registering again: ${why}`);
  if (state.master !== undefined) {
    context.unlink(state.master);
    state.search = next ?? lostLeader(state.search, state.master.node);
  }
  state.master = undefined;
  if (state.pingTimer !== undefined) context.cancel(state.pingTimer);
  state.pingTimer = undefined;
  tellSenders(state, 'pause', context);
  step(state, 'lost', context);
  endWhenDone(state, context);
}

type Registered = Extract<
  FromMasterToAgent,
  { readonly type: 'agentRegistered' | 'agentReregistered' }
>;

/** A deposed master may not know it yet. */
function isOfThePast(state: AgentState, message: Registered, context: AgentContext): boolean {
  if (foundLeader(state.search, message) !== undefined) return false;
  const master = formatAddress(message.master);
  context.log.warn(`Ignoring ${master}, which led before the master known now`, {
    epoch: message.epoch,
    knownEpoch: state.search.epoch,
  });
  return true;
}

function registered(state: AgentState, message: Registered, context: AgentContext): void {
  const { master, pingTimeoutMs, returnSpreadMs } = message;
  state.search = foundLeader(state.search, message) ?? state.search;
  state.unreachedCount = 0;
  state.returnSpreadMs = returnSpreadMs;
  forgetAsked(state, context);
  const again = state.master !== undefined && sameAddress(state.master, master);
  if (state.master !== undefined && !again) context.unlink(state.master);
  state.master = master;
  state.pingTimeoutMs = pingTimeoutMs;
  if (!again) context.link(master);
  const news = state.registration.phase !== 'registered';
  step(state, 'registered', context);
  watchPings(state, context);
  if (news && context.options.oversubscription !== undefined) tellOversubscribed(state, context);
  if (news) tellSenders(state, 'resume', context);
}

/** Those who repeat what the master has to hear. */
function tellSenders(
  { statusUpdates, operationCarrier }: AgentState,
  type: 'pause' | 'resume',
  context: AgentContext,
): void {
  if (statusUpdates !== undefined) context.send(statusUpdates, { type });
  if (operationCarrier !== undefined) context.send(operationCarrier, { type });
}

function watchPings(state: AgentState, context: AgentContext): void {
  if (state.pingTimer !== undefined) context.cancel(state.pingTimer);
  state.pingTimer = context.sendSelfAfter(state.pingTimeoutMs, { type: 'pingMissed' });
}

function askNext(state: AgentState, context: AgentContext): void {
  const { node, search } = nextMaster(state.search);
  state.search = search;
  forgetAsked(state, context);
  state.asked = address<MasterMessage>(MASTER_NAME, node);
  context.link(state.asked);
  ask(state, state.asked, context);
}

function forgetAsked(state: AgentState, context: AgentContext): void {
  if (state.asked !== undefined) context.unlink(state.asked);
  state.asked = undefined;
}

function ask(state: AgentState, master: Address<MasterMessage>, context: AgentContext): void {
  const { info } = context.options;
  const { agentId } = state;
  if (agentId === undefined) {
    context.send(master, {
      type: 'registerAgent',
      agent: context.self,
      info,
      ...reportedResources(state, context),
    });
    return;
  }
  context.send(master, {
    type: 'reregisterAgent',
    agent: context.self,
    agentId,
    info,
    ...reportAll(state, agentId, context),
    ...reportedResources(state, context),
  });
}
