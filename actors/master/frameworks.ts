/**
 * Frameworks subscribe, fail over to other schedulers, lose them, and end.
 *
 *     (new) ──subscribe──▶ active ◀──subscribe── disconnected ──failover timeout──▶ completed
 *                            │ └──link breaks──────▶┘                                  ▲
 *     (reported) ▶ recovered │──subscribe by another scheduler──▶ active               │
 *                     │      └──teardown──────────────────────────────────────────────┤
 *                     └──nobody subscribed in time────────────────────────────────────┘
 *
 * The newest scheduler wins; the one before is told so, and what it still sends is dropped, also a
 * subscription that was long on its way. One that is repeated by the scheduler that has it keeps its
 * id; its offers are rescinded, for it may have lost sight of the master and of them.
 * Source: Mesos 1.11, src/master/master.cpp, subscribe, failoverFramework, removeFramework.
 */
import { sameAddress } from '../../runtime/address.ts';
import { type FrameworkId, idFault } from '../protocol/ids.ts';
import type { FromSchedulerToMaster } from '../protocol/scheduler-to-master.ts';
import { tellAllocator } from './children.ts';
import { countCall, countEvent } from './counters.ts';
import { hearDemand, isLate } from './demand.ts';
import {
  confirmFramework,
  disconnectFramework,
  endFramework,
  resumeFramework,
  sendHeartbeat,
  startFramework,
  tellSubscribed,
} from './framework-records.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { activeSender, speaksForItself } from './senders.ts';
import { type FrameworkRecord, type MasterState, remember, schedulerKey } from './state.ts';
import { constraintsFault, frameworkChangeFault, frameworkFault } from './validation.ts';

/** Refused subscriptions that are remembered, for who asks why; the oldest go first. */
const REFUSED_MAX = 100;
/** So much of a refused name, id and reason is remembered. */
const REFUSED_LENGTH_MAX = 255;

type Subscribe = Extract<FromSchedulerToMaster, { type: 'subscribe' }>;

export const frameworkHandlers: MasterHandlers<
  | 'subscribe'
  | 'teardown'
  | 'suppress'
  | 'request'
  | 'revive'
  | 'heartbeatDue'
  | 'frameworkFailoverTimedOut'
  | 'teardownFramework'
> = {
  subscribe(state, message, context) {
    const { scheduler } = message;
    if (!speaksForItself(scheduler, context)) return;
    const frameworkId = message.frameworkId ?? state.frameworkIds.get(schedulerKey(scheduler));
    const refusal = subscriptionFault(state, message, frameworkId, context);
    if (refusal !== undefined) {
      context.log.info(`Refused a subscription of ${scheduler.node}: ${refusal}`);
      context.send(scheduler, { type: 'subscriptionEnded', message: refusal });
      noteRefusal(state, message, refusal, context);
      return;
    }
    const framework = frameworkId === undefined ? undefined : state.frameworks.get(frameworkId);
    if (framework === undefined) {
      const given = frameworkId ?? nextFrameworkId(state, context);
      startFramework(state, given, message, context);
      countCall(given, 'SUBSCRIBE', context);
      context.log.info(`Framework "${given}" (${message.info.name}) subscribed`);
      return;
    }
    countCall(framework.frameworkId, 'SUBSCRIBE', context);
    if (isSubscribed(framework, message)) {
      if (!isLate(framework, message)) confirmFramework(state, framework, message, context);
      context.link(scheduler);
      tellSubscribed(state, scheduler, framework.frameworkId, context);
    } else {
      takeOver(state, framework, message, context);
    }
  },

  teardown(state, { frameworkId }, context) {
    const framework = activeSender(state, frameworkId, context);
    if (framework === undefined) return;
    context.log.info(`Framework "${frameworkId}" ends itself`);
    endFramework(state, framework, context);
  },

  suppress(state, { frameworkId, roles, ...message }, context) {
    const framework = activeSender(state, frameworkId, context);
    if (framework === undefined || !hasRoles(framework, roles, context)) return;
    if (!hearDemand(framework, message)) return;
    tellAllocator(state, { type: 'suppress', frameworkId, roles }, context);
  },

  request(state, { frameworkId, requests }, context) {
    if (activeSender(state, frameworkId, context) === undefined) return;
    tellAllocator(state, { type: 'request', frameworkId, requests }, context);
  },

  revive(state, { frameworkId, roles, ...message }, context) {
    const framework = activeSender(state, frameworkId, context);
    if (framework === undefined || !hasRoles(framework, roles, context)) return;
    if (!hearDemand(framework, message)) return;
    tellAllocator(state, { type: 'revive', frameworkId, roles }, context);
  },

  heartbeatDue(state, { frameworkId }, context) {
    const framework = state.frameworks.get(frameworkId);
    if (framework !== undefined) sendHeartbeat(framework, context);
  },

  frameworkFailoverTimedOut(state, { frameworkId }, context) {
    const framework = state.frameworks.get(frameworkId);
    if (framework === undefined) return;
    context.log.warn(`Framework "${frameworkId}" ends: no scheduler came back for it in time`);
    endFramework(state, framework, context);
  },

  teardownFramework(state, { frameworkId, replyTo }, context) {
    const framework = state.frameworks.get(frameworkId);
    if (framework === undefined) {
      const why = state.endedFrameworks.has(frameworkId)
        ? 'it has ended already'
        : 'there is none; see the list of frameworks';
      const refused = `Cannot tear down framework "${frameworkId}": ${why}`;
      context.send(replyTo, { type: 'operatorAnswer', refused });
      return;
    }
    if (framework.status === 'active' && framework.scheduler !== undefined) {
      const message = 'An operator ended the framework';
      context.send(framework.scheduler, { type: 'subscriptionEnded', message });
      countEvent(frameworkId, 'ERROR', context);
    }
    context.log.info(`An operator ends framework "${frameworkId}"`);
    endFramework(state, framework, context);
    context.send(replyTo, { type: 'operatorAnswer' });
  },
};

function noteRefusal(
  state: MasterState,
  { info: { name }, frameworkId }: Subscribe,
  message: string,
  context: MasterContext,
): void {
  const short = (text: string) => text.slice(0, REFUSED_LENGTH_MAX);
  const refused = {
    frameworkId: frameworkId === undefined ? undefined : (short(frameworkId) as FrameworkId),
    name: short(name),
    message: short(message),
    atMs: context.nowMs(),
  };
  const key = `${refused.frameworkId} ${refused.name}`;
  remember(state.refusedSubscriptions, key, refused, REFUSED_MAX);
}

/** Its link broke. */
export function schedulerExited(
  state: MasterState,
  framework: FrameworkRecord,
  context: MasterContext,
): void {
  if (framework.status !== 'active') return;
  context.log.warn(`Framework "${framework.frameworkId}" is disconnected`);
  disconnectFramework(state, framework, context);
}

function takeOver(
  state: MasterState,
  framework: FrameworkRecord,
  message: Subscribe,
  context: MasterContext,
): void {
  const { frameworkId, scheduler: former, status } = framework;
  if (status === 'active' && former !== undefined) {
    context.send(former, { type: 'subscriptionEnded', message: 'Framework failed over' });
    countEvent(frameworkId, 'ERROR', context);
  }
  context.log.info(`Framework "${frameworkId}" subscribed again`);
  resumeFramework(state, framework, message, context);
}

function subscriptionFault(
  state: MasterState,
  { scheduler, info, suppressedRoles, offerConstraints }: Subscribe,
  frameworkId: FrameworkId | undefined,
  { options }: MasterContext,
): string | undefined {
  const fault =
    frameworkFault(info, suppressedRoles, options) ??
    constraintsFault(info, offerConstraints, options);
  if (fault !== undefined) return fault;
  if (frameworkId === undefined) return countFault(state, options.settings.frameworkCountMax);
  const badId = idFault(frameworkId);
  if (badId !== undefined) return `Framework id "${frameworkId}" is invalid: ${badId}`;
  if (state.endedFrameworks.has(frameworkId)) return 'Framework has been removed';
  const present = state.frameworkIds.get(schedulerKey(scheduler));
  if (present !== undefined && present !== frameworkId) {
    return `This scheduler is subscribed as framework "${present}": start another for "${frameworkId}"`;
  }
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) return countFault(state, options.settings.frameworkCountMax);
  if (framework.formerSchedulers.includes(schedulerKey(scheduler))) return 'Framework failed over';
  return frameworkChangeFault(framework.info, info);
}

function countFault({ frameworks }: MasterState, countMax: number): string | undefined {
  if (frameworks.size < countMax) return undefined;
  return `The master has ${countMax} frameworks already, and takes no more: end some`;
}

function isSubscribed({ status, scheduler }: FrameworkRecord, message: Subscribe): boolean {
  return (
    status === 'active' && scheduler !== undefined && sameAddress(scheduler, message.scheduler)
  );
}

function hasRoles(
  { frameworkId, info }: FrameworkRecord,
  roles: readonly string[],
  context: MasterContext,
): boolean {
  const stray = roles.find((role) => !info.roles.includes(role));
  if (stray === undefined) return true;
  context.log.warn(`Dropped a call of framework "${frameworkId}": it has no role "${stray}"`);
  return false;
}

function nextFrameworkId(state: MasterState, { options }: MasterContext): FrameworkId {
  const number = String(state.nextFrameworkNumber++).padStart(4, '0');
  return `${options.masterId}-${number}` as FrameworkId;
}
