/**
 * The scheduler driver: an actor that speaks for a framework, and the logic of that framework in it.
 *
 * The driver keeps the conversation with the master alive and repairs what gets lost; the logic
 * decides what to launch where. `defineScheduler` puts both together into one actor definition:
 *
 *     master ──offers, updates──▶ driver ──events──▶ logic
 *     master ◀──accept, kill, …── driver ◀──calls─── logic
 *
 * A switchboard: subscription.ts holds on to a master, cluster-events.ts hears what it says,
 * repair.ts repeats what may have been lost, scheduler-calls.ts is the logic's handle.
 * When the logic throws, the actor crashes like any other: it starts again as a new framework.
 * Source: Mesos 1.11, src/sched/sched.cpp and src/scheduler/scheduler.cpp.
 */
import { type ActorDefinition, defineActor, type Tagged } from '../../runtime/actor.ts';
import { acceptsSchedulerMessage } from '../protocol/accepts-scheduler.ts';
import { clusterEventHandlers } from './cluster-events.ts';
import { type DrivenState, driveLogic } from './driven-logic.ts';
import { operationEventHandlers } from './operations.ts';
import { schedulerCalls } from './scheduler-calls.ts';
import type { SchedulerCalls, SchedulerEvent, SchedulerLogic } from './scheduler-logic.ts';
import {
  type DriverHandlers,
  type DriverMessage,
  type DriverState,
  initialDriverState,
  type SchedulerOptions,
} from './scheduler-state.ts';
import { leaveIfWished, subscribe, subscriptionHandlers } from './subscription.ts';

export type SchedulerState<State> = DrivenState<DriverState, State>;

const driverHandlers: DriverHandlers<DriverMessage['type']> = {
  ...subscriptionHandlers,
  ...clusterEventHandlers,
  ...operationEventHandlers,
};

/**
 * Makes an actor of a scheduler's logic: spawn it with the logic's options and `masters`.
 * @throws when a message of the logic's own has the name of one of the driver's
 */
export function defineScheduler<Options, State, Own extends Tagged = never>(
  logic: SchedulerLogic<Options, State, Own>,
): ActorDefinition<Options & SchedulerOptions, SchedulerState<State>, DriverMessage | Own> {
  const { handlers, accepts, ofDriver } = driveLogic<
    DriverState,
    DriverMessage,
    SchedulerEvent,
    SchedulerCalls,
    State,
    SchedulerOptions,
    Options & SchedulerOptions,
    Own
  >({
    what: `scheduler "${logic.name}"`,
    driverHandlers,
    callsOf: schedulerCalls,
    endOfTurn: leaveIfWished,
    on: logic.on,
    ownHandlers: logic.handlers,
    acceptsOfDriver: acceptsSchedulerMessage,
    acceptsOfLogic: logic.accepts,
  });
  return defineActor({
    name: logic.name,
    initialState: (options) => ({
      driver: initialDriverState(logic.info(options), options, {
        acknowledge: logic.acknowledge ?? 'automatic',
        unusedOffers: logic.unusedOffers ?? 'decline',
      }),
      logic: logic.initialState(options),
    }),
    started: (state, context) => subscribe(state.driver, ofDriver(context)),
    handlers,
    accepts,
    inspect: ({ driver, logic: own }) => ({
      driver,
      logic: logic.inspect === undefined ? own : logic.inspect(own),
    }),
  });
}
