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
import {
  type ActorDefinition,
  type Context,
  defineActor,
  type Handlers,
  type Tagged,
} from '../../runtime/actor.ts';
import { acceptsSchedulerMessage } from '../protocol/accepts.ts';
import { clusterEventHandlers } from './cluster-events.ts';
import { schedulerCalls } from './scheduler-calls.ts';
import type { EventHandler, SchedulerLogic } from './scheduler-logic.ts';
import {
  type DriverHandler,
  type DriverHandlers,
  type DriverMessage,
  type DriverState,
  initialDriverState,
  type SchedulerOptions,
  type Turn,
} from './scheduler-state.ts';
import { leaveIfWished, subscribe, subscriptionHandlers } from './subscription.ts';

/** The state of the actor: the driver's and the logic's. */
export interface SchedulerState<State> {
  readonly driver: DriverState;
  readonly logic: State;
}

const driverHandlers: DriverHandlers<DriverMessage['type']> = {
  ...subscriptionHandlers,
  ...clusterEventHandlers,
};

/**
 * Makes an actor of a scheduler's logic: spawn it with the logic's options and `masters`.
 * @throws when a message of the logic's own has the name of one of the driver's
 */
export function defineScheduler<Options, State, Own extends Tagged = never>(
  logic: SchedulerLogic<Options, State, Own>,
): ActorDefinition<Options & SchedulerOptions, SchedulerState<State>, DriverMessage | Own> {
  type OwnOptions = Options & SchedulerOptions;
  type Message = DriverMessage | Own;
  type Hear = EventHandler<Options, State, Own, unknown>;
  type Handle<M> = (
    state: SchedulerState<State>,
    message: M,
    context: Context<OwnOptions, Message>,
  ) => void;

  const ownHandlers = new Map(Object.entries<Hear>((logic.handlers ?? {}) as Record<string, Hear>));
  for (const type of ownHandlers.keys()) {
    if (!(type in driverHandlers)) continue;
    throw new Error(
      `Cannot define scheduler "${logic.name}": "${type}" is a message of the driver; choose another name`,
    );
  }
  const handlers: Record<string, Handle<never>> = {};
  for (const [type, handle] of Object.entries(driverHandlers)) {
    handlers[type] = handledByDriver(handle as DriverHandler<DriverMessage>);
  }
  for (const [type, handle] of ownHandlers) handlers[type] = handledByLogic(handle);

  return defineActor<OwnOptions, SchedulerState<State>, Message>({
    name: logic.name,
    initialState: (options) => ({
      driver: initialDriverState(logic.info(options), options, {
        acknowledge: logic.acknowledge ?? 'automatic',
        unusedOffers: logic.unusedOffers ?? 'decline',
      }),
      logic: logic.initialState(options),
    }),
    started: (state, context) => subscribe(state.driver, { context: asDriverContext(context) }),
    // One entry for each message type: the driver's are complete by their type, the logic's by its.
    handlers: handlers as unknown as Handlers<OwnOptions, SchedulerState<State>, Message>,
    accepts: (message) => {
      if (!ownHandlers.has(message.type)) return acceptsSchedulerMessage(message);
      return logic.accepts === undefined
        ? `type: "${message.type}" is not accepted from other nodes`
        : logic.accepts(message);
    },
    inspect: ({ driver, logic: own }) => ({ driver, logic: logic.inspect?.(own) ?? own }),
  });

  function handledByDriver(handle: DriverHandler<DriverMessage>): Handle<DriverMessage> {
    return (state, message, context) => {
      const turn: Turn = {
        context: asDriverContext(context),
        calls: schedulerCalls(state.driver, asDriverContext(context)),
        emit: (event) => {
          const hear = logic.on[event.type] as Hear | undefined;
          hear?.(state.logic, event, turn.calls, context as Context<OwnOptions, Own>);
        },
      };
      handle(state.driver, message, turn);
      leaveIfWished(state.driver, turn);
    };
  }

  function handledByLogic(hear: Hear): Handle<Own> {
    return (state, message, context) => {
      const driverContext = asDriverContext(context);
      const calls = schedulerCalls(state.driver, driverContext);
      hear(state.logic, message, calls, context as Context<OwnOptions, Own>);
      leaveIfWished(state.driver, { context: driverContext });
    };
  }

  /** The driver uses only its own options and sends itself only its own messages. */
  function asDriverContext(
    context: Context<OwnOptions, Message>,
  ): Context<SchedulerOptions, DriverMessage> {
    return context as unknown as Context<SchedulerOptions, DriverMessage>;
  }
}
