/**
 * Which master to ask: how agents, schedulers and operators find the one that leads. Pure.
 *
 *     asking one after the other ──notLeader, names the leader──▶ asking that one ──▶ found
 *         └◀── it says nothing, or names nobody ──┘◀─────────────lost─────────────────┘
 *
 * One is given some of the masters, and told the others by those. Leaderships are counted by their
 * epoch: what a master says of an older one than is known already is past and not believed.
 */
import type { NotLeader } from './messages.ts';

/** Masters of one cluster that are remembered beside those given. */
export const MASTERS_TOLD_MAX = 32;
/** Sent from one to the next this often, one takes turns again: they may all be wrong. */
const REDIRECTIONS_MAX = 4;

export interface MasterSearch {
  /** As given, `host:port`; never empty. */
  readonly given: readonly string[];
  /** As the masters told; replaced each time. */
  readonly told: readonly string[];
  /** The newest leadership heard of; 0: of none. */
  readonly epoch: number;
  /** Who is said to lead, until it was asked. */
  readonly leader: string | undefined;
  /** Counts those asked by turns. */
  readonly turn: number;
  /** In a row. */
  readonly redirectionCount: number;
}

export function searchAmong(given: readonly string[]): MasterSearch {
  return { given, told: [], epoch: 0, leader: undefined, turn: 0, redirectionCount: 0 };
}

/** All that may be asked, each once. */
export function mastersOf({ given, told }: MasterSearch): readonly string[] {
  return [...new Set([...given, ...told])];
}

/** Whom to ask now: who is said to lead, or whose turn it is. */
export function nextMaster(search: MasterSearch): {
  readonly node: string;
  readonly search: MasterSearch;
} {
  const { leader, turn } = search;
  if (leader !== undefined) return { node: leader, search: { ...search, leader: undefined } };
  const masters = mastersOf(search);
  const node = masters[turn % masters.length] ?? '';
  return { node, search: { ...search, turn: turn + 1, redirectionCount: 0 } };
}

/**
 * A master that was asked has said that it doesn't lead.
 * @returns `askNow`: it named the one that does, who is next
 */
export function redirected(
  search: MasterSearch,
  { epoch, leader, masters }: NotLeader,
): { readonly search: MasterSearch; readonly askNow: boolean } {
  const learned = { ...search, told: toldBy(masters, search) };
  const redirectionCount = search.redirectionCount + 1;
  if (leader === undefined || epoch < search.epoch || redirectionCount > REDIRECTIONS_MAX) {
    return { search: learned, askNow: false };
  }
  return { search: { ...learned, epoch, leader, redirectionCount }, askNow: true };
}

/**
 * One that leads has answered.
 * @returns undefined when there has been a later leadership: it doesn't know yet that it is deposed
 */
export function foundLeader(
  search: MasterSearch,
  { epoch, masters }: { readonly epoch: number; readonly masters: readonly string[] },
): MasterSearch | undefined {
  if (epoch < search.epoch) return undefined;
  const told = toldBy(masters, search);
  return { ...search, told, epoch, leader: undefined, turn: 0, redirectionCount: 0 };
}

/**
 * While one is with a master, some master says who leads.
 * @returns where to turn to, or undefined when it is no news: the leadership is known, or past
 */
export function succeeded(
  search: MasterSearch,
  { epoch, leader, masters }: NotLeader,
): MasterSearch | undefined {
  if (leader === undefined || epoch <= search.epoch) return undefined;
  return { ...search, told: toldBy(masters, search), epoch, leader, redirectionCount: 0 };
}

/** What is known of the masters has changed. */
export function toldOfMasters(search: MasterSearch, { masters }: NotLeader): MasterSearch {
  return { ...search, told: toldBy(masters, search) };
}

/** The one that led is lost: the others are asked first. */
export function lostLeader(search: MasterSearch, node: string): MasterSearch {
  return { ...search, turn: mastersOf(search).indexOf(node) + 1 };
}

/** A master that is starting knows no others: then what is known is kept. */
function toldBy(masters: readonly string[], { told }: MasterSearch): readonly string[] {
  return masters.length === 0 ? told : masters.slice(0, MASTERS_TOLD_MAX);
}
