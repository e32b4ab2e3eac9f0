/**
 * How a logic (of a scheduler, of an executor) and the driver that serves it become one actor.
 *
 *     message of the driver ──▶ driver's handler ──emit(event)──▶ logic.on[event.type]
 *     message of the logic ─────────────────────────────────────▶ logic.handlers[message.type]
 *
 * Both have the same handle for calls. What a call puts off until the handler has returned is done
 * by `endOfTurn`.
 */
import type { Context, Handlers, Tagged } from '../../runtime/actor.ts';

/** The state of the actor: the driver's and the logic's. */
export interface DrivenState<Driver, Logic> {
  readonly driver: Driver;
  readonly logic: Logic;
}

/** A handler of the logic, of an event or of a message of its own. */
type Hear<State, Event, Calls, LogicContext> = (
  state: State,
  event: Event,
  driver: Calls,
  context: LogicContext,
) => void;

/** One for each type of event or message. */
export type HearAll<State, Event extends Tagged, Calls, LogicContext> = {
  readonly [E in Event as E['type']]: Hear<State, E, Calls, LogicContext>;
};

/** One turn of a driver: what its handlers have in their hands besides the state. */
export interface DriverTurn<DriverContext, Calls, Event> {
  readonly context: DriverContext;
  readonly calls: Calls;
  /** Lets the logic hear of it, before this returns. */
  readonly emit: (event: Event) => void;
}

type AnyHear<State, Calls> = Hear<State, never, Calls, never>;

interface Parts<Driver, Message extends Tagged, Event extends Tagged, Calls, State, Options> {
  /** What it is called in sentences: `scheduler "hello"`. */
  readonly what: string;
  readonly driverHandlers: {
    readonly [M in Message as M['type']]: (
      state: Driver,
      message: M,
      turn: DriverTurn<Context<Options, Message>, Calls, Event>,
    ) => void;
  };
  readonly callsOf: (state: Driver, context: Context<Options, Message>) => Calls;
  readonly endOfTurn: (state: Driver, context: Context<Options, Message>) => void;
  readonly on: { readonly [Type in Event['type']]?: AnyHear<State, Calls> };
  readonly ownHandlers: Readonly<Record<string, AnyHear<State, Calls>>> | undefined;
  readonly acceptsOfDriver: (message: Tagged) => string | undefined;
  readonly acceptsOfLogic: ((message: Tagged) => string | undefined) | undefined;
}

/** @throws when a message of the logic's own has the name of one of the driver's */
export function driveLogic<
  Driver,
  DriverMessage extends Tagged,
  Event extends Tagged,
  Calls,
  State,
  DriverOptions,
  Options extends DriverOptions,
  Own extends Tagged,
>(parts: Parts<Driver, DriverMessage, Event, Calls, State, DriverOptions>) {
  type Whole = DrivenState<Driver, State>;
  type WholeContext = Context<Options, DriverMessage | Own>;
  type DriverHandle = (
    state: Driver,
    message: never,
    turn: DriverTurn<Context<DriverOptions, DriverMessage>, Calls, Event>,
  ) => void;
  type Handle = (state: Whole, message: never, context: WholeContext) => void;
  const { driverHandlers, callsOf, endOfTurn, on, ownHandlers = {} } = parts;

  const handlers: Record<string, Handle> = {};
  for (const [type, handle] of Object.entries(
    driverHandlers as unknown as Readonly<Record<string, DriverHandle>>,
  )) {
    handlers[type] = (state, message, context) => {
      const driverContext = ofDriver(context);
      const calls = callsOf(state.driver, driverContext);
      const emit = (event: Event) => {
        const hear: AnyHear<State, Calls> | undefined = on[event.type as Event['type']];
        hear?.(state.logic, event as never, calls, context as never);
      };
      handle(state.driver, message, { context: driverContext, calls, emit });
      endOfTurn(state.driver, driverContext);
    };
  }
  for (const [type, hear] of Object.entries(ownHandlers)) {
    if (type in driverHandlers) {
      throw new Error(
        `Cannot define ${parts.what}: "${type}" is a message of the driver; choose another name`,
      );
    }
    handlers[type] = (state, message, context) => {
      const driverContext = ofDriver(context);
      hear(state.logic, message, callsOf(state.driver, driverContext), context as never);
      endOfTurn(state.driver, driverContext);
    };
  }

  return {
    // One entry for each message: the driver's are complete by their type, the logic's by its.
    handlers: handlers as unknown as Handlers<Options, Whole, DriverMessage | Own>,
    accepts(message: Tagged): string | undefined {
      if (!Object.hasOwn(ownHandlers, message.type)) return parts.acceptsOfDriver(message);
      return parts.acceptsOfLogic === undefined
        ? `type: "${message.type}" is not accepted from other nodes`
        : parts.acceptsOfLogic(message);
    },
    ofDriver,
  };

  /** The driver uses only its own options and sends itself only its own messages. */
  function ofDriver(context: WholeContext): Context<DriverOptions, DriverMessage> {
    return context as unknown as Context<DriverOptions, DriverMessage>;
  }
}
