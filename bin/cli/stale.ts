/**
 * `--stale`: what masters that don't lead knew last. Each of those named is asked, and who has most of
 * the registry is believed; one that leads still has all of it.
 */
import { MASTER_NAME, type MasterMessage, type NotLeader } from '../../actors/protocol/messages.ts';
import type { MasterPage, MasterSection, Staleness } from '../../actors/protocol/views.ts';
import { address } from '../../runtime/address.ts';
import type { DialledNode } from '../dial.ts';
import { ExitError } from '../exits.ts';
import { age } from './quantities.ts';

export interface PageToAsk {
  readonly section: MasterSection;
  readonly offset: number;
  readonly countMax: number;
}

/** Asks this one master. @throws ExitError `unreachable` also when it knows nothing yet */
export async function askStale(
  node: DialledNode,
  master: string,
  page: PageToAsk,
  timeoutMs: number,
): Promise<MasterPage> {
  const answer = await node.ask<MasterMessage, MasterPage | NotLeader>(
    address<MasterMessage>(MASTER_NAME, master),
    (replyTo) => ({ type: 'describeMaster', stale: true, ...page, replyTo }),
    { timeoutMs, whom: 'a master', remedy: 'name another one with --master' },
  );
  if (answer.type === 'masterPage') return answer;
  const sentence = `The master at ${master} knows nothing yet; "messor masters" says what it waits for`;
  throw new ExitError('unreachable', sentence);
}

/** @throws ExitError `unreachable` when none of them answers, with the reason of the first */
export async function whoKnowsMost(
  node: DialledNode,
  masters: readonly string[],
  timeoutMs: number,
): Promise<string> {
  const page = { section: 'agents', offset: 0, countMax: 1 } as const;
  const answers = await Promise.allSettled(
    masters.map(async (master) => {
      const { stale } = await askStale(node, master, page, timeoutMs);
      return { master, index: stale === undefined ? Number.POSITIVE_INFINITY : stale.appliedIndex };
    }),
  );
  const known = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const [most] = known.sort((one, other) => other.index - one.index);
  if (most !== undefined) return most.master;
  const [failed] = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer] : []));
  throw failed?.reason;
}

/** A line for people, before what it is about. Nothing when who answered leads. */
export function tellAge({ master, stale }: Pick<MasterPage, 'master' | 'stale'>): void {
  if (stale !== undefined) process.stderr.write(`${describeAge(master.node, stale)}\n`);
}

export function describeAge(
  master: string,
  { epoch, leader, term, appliedIndex, silenceMs }: Staleness,
): string {
  const heard =
    silenceMs === undefined
      ? 'it has not heard of a leader since it was started'
      : `it last heard of a leader ${age(0, silenceMs)} ago`;
  const led = leader === undefined ? '' : ` (${leader} in epoch ${epoch})`;
  return (
    `What ${master} knew last: ${heard}${led}, and has entry ${appliedIndex} of term ${term}; ` +
    'only a leader knows tasks, offers and what is used'
  );
}

/** For `--json`. */
export function staleJson({ silenceMs, ...rest }: Staleness): object {
  return { ...rest, ...(silenceMs !== undefined && { silenceMs: Math.round(silenceMs) }) };
}
