/**
 * The allocator: decides who is offered what.
 *
 * Whatever makes an allocation possible (an agent came, a framework wants more, something was given
 * back, a refusal ended) leads to a round, at once when all was quiet, else when `roundGapMs` have
 * passed since the last: what happens meanwhile is decided together. Agents on which nothing has
 * changed are not looked at again. Beyond Mesos, which waits for its interval when something is
 * given back.
 *
 *     quiet ──something happened──▶ round pending ──allocate──▶ quiet, result to the master
 *
 * The interval (Mesos: --allocation_interval) ends refusals, and is the shortest of them.
 * Source: Mesos 1.11, src/master/allocator/mesos/hierarchical.cpp.
 */
import { type Address, type Context, defineActor } from '../../../runtime/actor.ts';
import { parseResources } from '../../protocol/resources.ts';
import { ALLOCATION_RUNS } from '../metrics/counter-names.ts';
import type { MasterMetrics } from '../metrics/master-metrics.ts';
import {
  addAgent,
  freeOn,
  noteDecline,
  recover,
  removeAgent,
  setAgentActive,
  updateAgent,
} from './agents.ts';
import { convertAllocated, convertFree } from './conversions.ts';
import { request } from './demands.ts';
import { excludedAgents } from './excluded-agents.ts';
import { explainOffers } from './explain.ts';
import { endRefusals, refuse } from './filters.ts';
import {
  activateFramework,
  addFramework,
  deactivateFramework,
  removeFramework,
  revive,
  suppress,
  updateFramework,
} from './frameworks.ts';
import { allocatorGauges } from './gauges.ts';
import { endHoldOff, hasEnoughAgents, holdOff } from './hold-off.ts';
import { closeInverseOffer, setUnavailability, takeInverseOffersDue } from './inverse-offers.ts';
import type { AllocatorMessage, FromAllocatorToMaster } from './messages.ts';
import { updateQuota } from './quota.ts';
import { allocateRound, type RoundRules } from './round.ts';
import { setWeight, shareOf } from './shares.ts';
import { type AllocatorState, emptyAllocatorState, type StateRules } from './state.ts';

export interface AllocatorOptions extends RoundRules, StateRules {
  readonly master: Address<FromAllocatorToMaster>;
  readonly allocationIntervalMs: number;
  /** Between one round and the next. */
  readonly roundGapMs: number;
  /** Host names of the agents that are offered, as the operator wants it now; asked each interval. */
  readonly whitelist?: () => ReadonlySet<string> | undefined;
  /** Default: nothing is counted. */
  readonly metrics?: MasterMetrics;
}

/** Source of interval and minima: Mesos 1.11, src/master/constants.hpp. */
export const ALLOCATOR_DEFAULTS: Omit<AllocatorOptions, 'master'> = {
  allocationIntervalMs: 1000,
  roundGapMs: 5,
  minAllocatable: [parseResources('cpus:0.01'), parseResources('mem:32')],
  offerWaitMsMax: 60_000,
};

const REFUSE_MS_DEFAULT = 5000;
/** A year. Longer refusals end then. */
const REFUSE_MS_MAX = 365 * 24 * 60 * 60 * 1000;

type AllocatorContext = Context<AllocatorOptions, AllocatorMessage>;

export const allocator = defineActor<AllocatorOptions, AllocatorState, AllocatorMessage>({
  name: 'allocator',
  initialState: (options) => emptyAllocatorState(options),

  started(state, context) {
    const { metrics } = context.options;
    heedWhitelist(state, context);
    metrics?.gauges('allocator', () => allocatorGauges(state, metrics, context.nowMs()));
    context.sendSelfAfter(context.options.allocationIntervalMs, { type: 'intervalEnded' });
  },

  stopped: (_state, { options: { metrics } }) => metrics?.endGauges('allocator'),

  handlers: {
    addFramework(state, message, context) {
      addFramework(state, message);
      allocateSoon(state, context);
    },
    updateFramework(state, message, context) {
      updateFramework(state, message);
      allocateSoon(state, context);
    },
    activateFramework(state, { frameworkId }, context) {
      activateFramework(state, frameworkId);
      allocateSoon(state, context);
    },
    deactivateFramework(state, { frameworkId }) {
      deactivateFramework(state, frameworkId);
    },
    removeFramework(state, { frameworkId }) {
      removeFramework(state, frameworkId);
    },
    suppress(state, message) {
      suppress(state, message);
    },
    revive(state, message, context) {
      revive(state, message);
      allocateSoon(state, context);
    },

    addAgent(state, message, context) {
      addAgent(state, message);
      if (hasEnoughAgents(state)) endHoldOff(state);
      allocateSoon(state, context);
    },
    updateAgent(state, message, context) {
      updateAgent(state, message);
      allocateSoon(state, context);
    },
    activateAgent(state, { agentId }, context) {
      setAgentActive(state, agentId, true);
      allocateSoon(state, context);
    },
    deactivateAgent(state, { agentId }) {
      setAgentActive(state, agentId, false);
    },
    removeAgent(state, { agentId }) {
      removeAgent(state, agentId);
    },

    updateUnavailability(state, { agentId, unavailability }, context) {
      if (!state.agents.has(agentId)) return;
      setUnavailability(state, agentId, unavailability);
      askToLeave(state, context);
    },
    inverseOfferClosed(state, message, context) {
      const { filters } = message;
      const refuseMs = filters === undefined ? 0 : refusalMs(filters.refuseMs);
      const until = refuseMs === 0 ? undefined : context.nowMs() + refuseMs;
      closeInverseOffer(state, message, until);
    },

    recoverResources(state, message, context) {
      const { agentId, resources, filters } = message;
      const leaf = recover(state, message);
      if (!state.agents.has(agentId)) return;
      const refuseMs = filters === undefined ? undefined : refusalMs(filters.refuseMs);
      if (refuseMs === 0) {
        // Who declines and refuses nothing would be offered the same over and over.
        state.dirtyLater.add(agentId);
        return;
      }
      if (refuseMs !== undefined && leaf !== undefined && resources.length > 0) {
        const durationMs = Math.max(refuseMs, context.options.allocationIntervalMs);
        const endMs = context.nowMs() + durationMs;
        refuse(state.filters, leaf, agentId, { resources, endMs });
        noteDecline(state, leaf, context.nowMs());
      }
      state.dirty.add(agentId);
      allocateSoon(state, context);
    },

    convertAllocated(state, message) {
      convertAllocated(state, message);
    },
    convertFree(state, message, context) {
      const { operationUuid, agentEpoch } = message;
      const lacking = convertFree(state, message);
      const answer = { type: 'freeConverted', operationUuid, agentEpoch } as const;
      context.send(context.options.master, lacking === undefined ? answer : { ...answer, lacking });
      allocateSoon(state, context);
    },

    explain(state, { frameworkId, said, withheld, needs, replyTo }, context) {
      const asked = { frameworkId, withheld, needs, nowMs: context.nowMs() };
      const { reasons, ...facts } = explainOffers(state, context.options, asked);
      context.send(replyTo, { ...said, ...facts, reasons: [...said.reasons, ...reasons] });
    },

    describeConstraints(state, { replyTo }, context) {
      const frameworks = excludedAgents(state);
      context.send(replyTo, { type: 'constraintsDescribed', frameworks });
    },

    updateWeights(state, { weights }) {
      for (const { role, weight } of weights) setWeight(state.tree, role, weight);
    },

    request(state, message, context) {
      request(state, message);
      allocateSoon(state, context);
    },

    holdOff(state, message, context) {
      if (!holdOff(state, message)) return;
      context.log.info(`Nothing is offered before ${message.agentCount} agents are back`);
      context.sendSelfAfter(message.timeoutMs, { type: 'holdOffEnded' });
    },

    holdOffEnded(state, _, context) {
      if (state.heldOffUntil === undefined) return;
      context.log.warn(
        `Offers are made though only ${state.agents.size} of ${state.heldOffUntil} agents are back`,
      );
      endHoldOff(state);
      allocateSoon(state, context);
    },

    updateQuota(state, message, context) {
      updateQuota(state, message);
      const { replyTo } = message;
      if (replyTo !== undefined) context.send(replyTo, { type: 'quotaTaken' });
      allocateSoon(state, context);
    },

    allocate(state, _, context) {
      const { options } = context;
      state.roundPending = false;
      // Asked for before it was said that nothing is handed out yet.
      if (state.heldOffUntil !== undefined) return;
      state.lastRoundMs = context.nowMs();
      const allocations = allocateRound(state, options, state.lastRoundMs, () => context.random());
      countRound(state, context);
      if (allocations.length > 0) context.send(options.master, { type: 'allocated', allocations });
    },

    intervalEnded(state, message, context) {
      for (const agentId of endRefusals(state.filters, context.nowMs())) state.dirty.add(agentId);
      for (const agentId of state.dirtyLater) state.dirty.add(agentId);
      state.dirtyLater.clear();
      heedWhitelist(state, context);
      // Once an interval, as that may be many agents.
      if (state.quota.loosened) for (const agentId of state.heldBack) state.dirty.add(agentId);
      state.quota.loosened = false;
      allocateSoon(state, context);
      askToLeave(state, context);
      context.sendSelfAfter(context.options.allocationIntervalMs, message);
    },
  },

  inspect: (state) => ({
    roundPending: state.roundPending,
    dirtyAgentCount: state.allDirty ? state.agents.size : state.dirty.size,
    frameworks: [...state.frameworks].map(([frameworkId, { added, active, memberships }]) => ({
      frameworkId,
      added,
      active,
      roles: [...memberships.values()].map(({ leaf, subscribed, suppressed }) => ({
        role: leaf.role,
        share: shareOf(state.tree, leaf),
        subscribed,
        suppressed,
        refusedAgentCount: state.filters.agentsOf.get(leaf)?.size ?? 0,
      })),
    })),
    agents: [...state.agents.values()].map((agent) => ({
      agentId: agent.agentId,
      active: agent.active,
      total: agent.total,
      free: freeOn(agent),
    })),
  }),
});

function countRound({ lastRoundMs, roundAskedMs }: AllocatorState, context: AllocatorContext) {
  const { metrics } = context.options;
  if (metrics === undefined) return;
  const nowMs = context.nowMs();
  metrics.count(ALLOCATION_RUNS);
  metrics.time('allocator/mesos/allocation_run_ms', nowMs - lastRoundMs, nowMs);
  metrics.time('allocator/mesos/allocation_run_latency_ms', lastRoundMs - roundAskedMs, nowMs);
}

function askToLeave(state: AllocatorState, context: AllocatorContext): void {
  const due = takeInverseOffersDue(state, context.nowMs());
  if (due.length > 0) context.send(context.options.master, { type: 'inverseOffersDue', due });
}

/** Others are not offered any more; what they were offered before they keep. */
function heedWhitelist(state: AllocatorState, { options }: AllocatorContext): void {
  const whitelist = options.whitelist?.();
  if (whitelist === state.whitelist) return;
  state.whitelist = whitelist;
  state.allDirty = true;
}

/** A round, if there is something to look at and none is under way. */
function allocateSoon(state: AllocatorState, context: AllocatorContext): void {
  if (state.roundPending || state.heldOffUntil !== undefined) return;
  if (!(state.allDirty || state.dirty.size > 0)) return;
  state.roundPending = true;
  state.roundAskedMs = context.nowMs();
  const waitedMs = context.nowMs() - state.lastRoundMs;
  const delayMs = Math.max(0, context.options.roundGapMs - waitedMs);
  context.sendSelfAfter(delayMs, { type: 'allocate' });
}

/** Source of the rule: Mesos 1.11, hierarchical.cpp, recoverResources. */
function refusalMs(askedMs: number): number {
  return askedMs < 0 ? REFUSE_MS_DEFAULT : Math.min(askedMs, REFUSE_MS_MAX);
}
