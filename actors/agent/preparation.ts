/**
 * What is to be done for a command between the making of its sandbox and its start: its files are
 * fetched. Who prepares hears `fetched` or `notFetched`, and gives it up by `cancelFetch`.
 */
import type { Address } from '../../runtime/actor.ts';
import type { ContainerId } from '../protocol/ids.ts';
import type { CommandInfo } from '../protocol/task.ts';
import type { FetcherEvent, FetcherMessage } from './fetcher/fetcher-state.ts';

/** What an agent has for it. */
export interface PreparationMeans {
  /** Absent: what asks for files can't be started. */
  readonly fetcher: Address<FetcherMessage> | undefined;
  /** Whom programs run as; absent: that is not known, and whoever is asked for is taken for it. */
  readonly runsAs: string | undefined;
}

interface Speaker {
  readonly self: Address<FetcherEvent>;
  send<Message extends FetcherMessage | FetcherEvent>(to: Address<Message>, message: Message): void;
}

/** @returns whether there is nothing (left) to wait for */
export function isPrepared(
  order: {
    readonly containerId: ContainerId;
    readonly command: CommandInfo;
    readonly sandbox: string;
  },
  { fetcher, runsAs }: PreparationMeans,
  context: Speaker,
): boolean {
  const { containerId, command, sandbox } = order;
  const { uris = [], user } = command;
  const refuse = (sentence: string) => {
    context.send(context.self, { type: 'notFetched', containerId, sentence });
    return false;
  };
  if (user !== undefined && runsAs !== undefined && user !== runsAs) {
    return refuse(`Cannot run as user "${user}": this agent runs everything as "${runsAs}"`);
  }
  if (uris.length === 0) return true;
  if (fetcher === undefined) {
    return refuse(`Cannot fetch "${uris[0]?.value}": this agent fetches nothing`);
  }
  context.send(fetcher, { type: 'fetch', containerId, uris, user, sandbox, owner: context.self });
  return false;
}
