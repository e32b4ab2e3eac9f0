/**
 * The inspector: one actor on every node, named `inspector`, that shows the node to those who look
 * in, from here or from another node, as plain data.
 *
 * It reads the fields of the runtime between turns. Nothing is put into the mailbox of the actor
 * that is looked at, so a stuck or flooded one can be looked at as well. Lists come in pages, and
 * contents are cut to the limits below; what is secret, `ActorDefinition.inspect` leaves out.
 */
import { type Address, defineActor } from './actor.ts';
import { ADDRESS_PART_LENGTH_MAX, formatAddress } from './address.ts';
import type { Cell } from './cell.ts';
import type { DeadLetter } from './dead-letters.ts';
import { acceptor, array, type Check, integer, object, string, union } from './decode.ts';
import { describeError } from './errors.ts';
import type { DeadLetterReason } from './host.ts';
import type { Kernel } from './kernel.ts';
import { type ActorMetrics, actorMetrics, type NodeMetrics, nodeMetrics } from './metrics.ts';
import { follow, plainView, type ViewLimits } from './plain-view.ts';
import type { FlightRecord } from './recorder.ts';

/** Its well-known name. */
export const INSPECTOR_NAME = 'inspector';

/** Items in one answer, whatever is asked for. */
export const PAGE_COUNT_MAX = 500;
/** Steps into a state; a question with more is refused. */
const PATH_COUNT_MAX = 32;

/** How much of one message is shown, and of one state. */
const MESSAGE_LIMITS: ViewLimits = {
  depthMax: 6,
  memberCountMax: 20,
  valueCountMax: 200,
  textLengthMax: 256,
};
const STATE_LIMITS: ViewLimits = {
  depthMax: 8,
  memberCountMax: 100,
  valueCountMax: 8000,
  textLengthMax: 1000,
};

interface Page {
  readonly offset: number;
  /** At most `PAGE_COUNT_MAX`. */
  readonly countMax: number;
}

interface AnsweredBy<Reply> {
  /** Where the answer goes; `nothingShown` when there is none. */
  readonly replyTo: Address<Reply | NothingShown>;
}

/** From anybody, here or on other nodes. */
export type InspectorMessage =
  /** The counters of the node. */
  | ({ readonly type: 'inspectNode' } & AnsweredBy<NodeShown>)
  /** The actors with their counters, in the order in which they were started: parents come first. */
  | ({ readonly type: 'inspectActors' } & Page & AnsweredBy<ActorsShown>)
  /** What the actors did a second since this was last asked, or since the node began. */
  | ({ readonly type: 'inspectRates' } & Page & AnsweredBy<RatesShown>)
  /** The waiting messages of one actor, oldest first. They stay where they are. */
  | ({ readonly type: 'inspectMailbox'; readonly actor: string } & Page & AnsweredBy<MailboxShown>)
  /** The state of one actor, or what lies behind `path` in it. */
  | ({
      readonly type: 'inspectState';
      readonly actor: string;
      readonly path: readonly string[];
    } & AnsweredBy<StateShown>)
  /** Whom one actor watches, and who watches it. */
  | ({ readonly type: 'inspectLinks'; readonly actor: string } & Page & AnsweredBy<LinksShown>)
  /** The newest dead letters, newest first. */
  | ({ readonly type: 'inspectDeadLetters' } & Page & AnsweredBy<DeadLettersShown>)
  /** The newest messages handled, newest first; of one actor, if one is named. */
  | ({
      readonly type: 'inspectRecords';
      readonly actor?: string;
    } & Page &
      AnsweredBy<RecordsShown>);

export type InspectorReply =
  | NodeShown
  | ActorsShown
  | RatesShown
  | MailboxShown
  | StateShown
  | LinksShown
  | DeadLettersShown
  | RecordsShown
  | NothingShown;

/** There is nothing to show, for a reason given as a sentence. */
export interface NothingShown {
  readonly type: 'nothingShown';
  readonly reason: string;
}

interface NodeShown {
  readonly type: 'nodeShown';
  readonly metrics: NodeMetrics;
}

export interface ActorsShown {
  readonly type: 'actorsShown';
  readonly totalCount: number;
  readonly actors: readonly ActorMetrics[];
}

export interface ActorRates {
  readonly name: string;
  readonly handledPerSecond: number;
  readonly sentPerSecond: number;
  readonly waitingCount: number;
}

interface RatesShown {
  readonly type: 'ratesShown';
  readonly totalCount: number;
  readonly periodMs: number;
  readonly actors: readonly ActorRates[];
}

export interface ShownMessage {
  readonly id: number;
  readonly node: string;
  readonly causeId: number;
  readonly causeNode: string;
  /** `name@host:port#incarnation`; absent for timers and for what came from outside actors. */
  readonly from?: string;
  readonly type: string;
  /** The message, cut to the limits. */
  readonly content: unknown;
}

interface MailboxShown {
  readonly type: 'mailboxShown';
  readonly actor: string;
  readonly totalCount: number;
  readonly messages: readonly ShownMessage[];
}

export interface StateShown {
  readonly type: 'stateShown';
  readonly actor: string;
  readonly incarnation: number;
  readonly state: unknown;
}

interface ShownLink {
  readonly actor: string;
  readonly monitor?: number;
}

export interface LinksShown {
  readonly type: 'linksShown';
  readonly actor: string;
  readonly watches: readonly ShownLink[];
  readonly watchedBy: readonly ShownLink[];
  readonly watchCount: number;
  readonly watchedByCount: number;
}

interface ShownDeadLetter extends ShownMessage {
  readonly atMs: number;
  readonly reason: DeadLetterReason;
  readonly to: string;
}

interface DeadLettersShown {
  readonly type: 'deadLettersShown';
  readonly totalCount: number;
  readonly countsByReason: Readonly<Partial<Record<DeadLetterReason, number>>>;
  readonly letters: readonly ShownDeadLetter[];
}

interface RecordsShown {
  readonly type: 'recordsShown';
  readonly records: readonly FlightRecord[];
}

export interface InspectorOptions {
  readonly kernel: Kernel;
}

/** What each actor had done when rates were last asked for. */
interface InspectorState {
  sampledAtMs: number;
  samples: Map<number, { readonly handledCount: number; readonly sentCount: number }>;
}

const count = integer(0, Number.MAX_SAFE_INTEGER);
const name = string(ADDRESS_PART_LENGTH_MAX);
const replyAddress = object<{ node: string; name: string; incarnation?: number }>(
  { node: name, name },
  { incarnation: count },
);
const page = { offset: count, countMax: integer(1, PAGE_COUNT_MAX) };
/** The compiler's `Address` has one more field than the address: what may be sent to it. */
const answer = { replyTo: replyAddress as Check<Address<unknown>> };

export const inspector = defineActor<InspectorOptions, InspectorState, InspectorMessage>({
  name: INSPECTOR_NAME,
  initialState: ({ kernel }) => ({ sampledAtMs: kernel.startedAtMs, samples: new Map() }),
  inspect: ({ sampledAtMs }) => ({ sampledAtMs }),
  accepts: acceptor(
    union<InspectorMessage, 'type'>('type', {
      inspectNode: [answer],
      inspectActors: [{ ...page, ...answer }],
      inspectRates: [{ ...page, ...answer }],
      inspectMailbox: [{ actor: name, ...page, ...answer }],
      inspectState: [{ actor: name, path: array(name, PATH_COUNT_MAX), ...answer }],
      inspectLinks: [{ actor: name, ...page, ...answer }],
      inspectDeadLetters: [{ ...page, ...answer }],
      inspectRecords: [{ ...page, ...answer }, { actor: name }],
    }),
  ),
  handlers: {
    inspectNode(_, { replyTo }, context) {
      context.send(replyTo, {
        type: 'nodeShown',
        metrics: nodeMetrics(context.options.kernel),
      });
    },

    inspectActors(_, { replyTo, ...page }, context) {
      const { kernel } = context.options;
      context.send(replyTo, {
        type: 'actorsShown',
        totalCount: kernel.cells.size,
        actors: cut(kernel.cells.values(), page).map((cell) => actorMetrics(cell, kernel)),
      });
    },

    inspectRates(state, { replyTo, ...page }, context) {
      const { cells } = context.options.kernel;
      const periodMs = Math.max(1, context.nowMs() - state.sampledAtMs);
      const rates = (cell: Cell) => ratesOf(cell, state, periodMs);
      const actors = cut(cells.values(), page).map(rates);
      context.send(replyTo, { type: 'ratesShown', totalCount: cells.size, periodMs, actors });
      // Several pages of one answer are about one period.
      if (page.offset === 0) {
        state.sampledAtMs = context.nowMs();
        state.samples = new Map(
          [...cells.values()].map(({ index, handledCount, sentCount }) => [
            index,
            { handledCount, sentCount },
          ]),
        );
      }
    },

    inspectMailbox(_, { actor, replyTo, offset, countMax }, context) {
      const cell = context.options.kernel.cells.get(actor);
      if (cell === undefined) {
        context.send(replyTo, noActor(actor));
        return;
      }
      context.send(replyTo, {
        type: 'mailboxShown',
        actor,
        totalCount: cell.mailbox.length,
        messages: cell.mailbox.peek(offset, pageCount(countMax)).map(shown),
      });
    },

    inspectState(_, { actor, path, replyTo }, context) {
      const cell = context.options.kernel.cells.get(actor);
      context.send(replyTo, cell === undefined ? noActor(actor) : stateOf(cell, path));
    },

    inspectLinks(_, { actor, replyTo, ...page }, context) {
      const cell = context.options.kernel.cells.get(actor);
      context.send(replyTo, cell === undefined ? noActor(actor) : linksOf(cell, page));
    },

    inspectDeadLetters(_, { replyTo, ...page }, context) {
      const { deadLetters } = context.options.kernel;
      const letters = deadLetters.list().reverse();
      context.send(replyTo, {
        type: 'deadLettersShown',
        totalCount: letters.length,
        countsByReason: deadLetters.countByReason(),
        letters: cut(letters, page).map(({ atMs, reason, to, ...letter }) => ({
          ...shown(letter),
          atMs,
          reason,
          to: formatAddress(to),
        })),
      });
    },

    inspectRecords(_, { replyTo, actor, offset, countMax }, context) {
      const { kernel } = context.options;
      context.send(replyTo, {
        type: 'recordsShown',
        records: kernel.records(offset, pageCount(countMax), actor),
      });
    },
  },
});

function stateOf(cell: Cell, path: readonly string[]): StateShown | NothingShown {
  try {
    const state = cell.definition.inspect?.(cell.state) ?? cell.state;
    const found = follow(state, path);
    if (found === undefined) {
      const reason = `Cannot show "${path.join('.')}" of "${cell.name}": the path leads nowhere`;
      return { type: 'nothingShown', reason };
    }
    return {
      type: 'stateShown',
      actor: cell.name,
      incarnation: cell.address.incarnation,
      state: plainView(found.value, STATE_LIMITS),
    };
  } catch (error) {
    const reason = `Cannot show the state of "${cell.name}": ${describeError(error)}`;
    return { type: 'nothingShown', reason };
  }
}

function linksOf(cell: Cell, page: Page): LinksShown {
  const { watches, watchers, remoteWatchers } = cell;
  const open = [...(watches?.values() ?? [])].filter(({ envelope }) => envelope === undefined);
  const own = cut(open, page).map(({ target, monitor }) => ({
    actor: formatAddress(target),
    ...(monitor === undefined ? {} : { monitor }),
  }));
  const local = [...(watchers ?? [])].map(({ watcher, monitor }) => ({
    actor: formatAddress(watcher.address),
    ...(monitor === undefined ? {} : { monitor }),
  }));
  const remote = [...(remoteWatchers ?? [])].map(({ watcher }) => ({
    actor: formatAddress(watcher),
  }));
  return {
    type: 'linksShown',
    actor: cell.name,
    watches: own,
    watchedBy: cut([...local, ...remote], page),
    watchCount: open.length,
    watchedByCount: local.length + remote.length,
  };
}

function ratesOf(cell: Cell, { samples }: InspectorState, periodMs: number): ActorRates {
  const before = samples.get(cell.index);
  const perSecond = (now: number, then = 0) => ((now - then) * 1000) / periodMs;
  return {
    name: cell.name,
    handledPerSecond: perSecond(cell.handledCount, before?.handledCount),
    sentPerSecond: perSecond(cell.sentCount, before?.sentCount),
    waitingCount: cell.mailbox.length,
  };
}

function shown(letter: Omit<DeadLetter, 'atMs' | 'reason' | 'to'>): ShownMessage {
  const { id, node, causeId, causeNode, from, message } = letter;
  return {
    id,
    node,
    causeId,
    causeNode,
    ...(from === undefined ? {} : { from: formatAddress(from) }),
    type: message.type,
    content: plainView(message, MESSAGE_LIMITS),
  };
}

function cut<Item>(items: Iterable<Item>, { offset, countMax }: Page): Item[] {
  const found: Item[] = [];
  let index = 0;
  for (const item of items) {
    if (found.length >= pageCount(countMax)) break;
    if (index++ >= offset) found.push(item);
  }
  return found;
}

/** Askers on this node are not checked by `accepts`. */
function pageCount(countMax: number): number {
  return Math.min(countMax, PAGE_COUNT_MAX);
}

function noActor(actor: string): NothingShown {
  return { type: 'nothingShown', reason: `Cannot show "${actor}": no actor here has that name` };
}
