/** The masters as a group that keeps a log together: asked one by one, and changed through their leader. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  HOST_NAME,
  type HostMessage,
  type MembersAnswer,
  type MembersDescription,
} from '../../consensus/host-messages.ts';
import type { Address } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import type { DialledNode } from '../dial.ts';
import { ExitError } from '../exits.ts';
import { type MasterAnswer, whyNoneLeads } from './quorum.ts';

export type MembersWish = 'addMember' | 'removeMember' | 'transferTo';

/** Between questions to masters of which none leads. */
const PAUSE_MS = 200;
/** Of each master, when all are asked: those that are away must not hold up the list. */
const LOOK_TIMEOUT_MS = 2000;
/** As above, where somebody has waited in vain already. */
const SHORT_LOOK_TIMEOUT_MS = 1000;

/** Asks those given, and all whom they name as members. */
export async function describeMasters(
  node: DialledNode,
  given: readonly string[],
  timeoutMs: number,
): Promise<readonly MasterAnswer[]> {
  const answers = new Map<string, MasterAnswer>();
  for (let ask = [...given]; ask.length > 0; ) {
    const some = await Promise.all(ask.map((master) => describe(node, master, timeoutMs)));
    for (const answer of some) answers.set(answer.node, answer);
    const named = some.flatMap(({ description }) =>
      typeof description === 'string' ? [] : description.members.map((member) => member.node),
    );
    ask = [...new Set(named)].filter((master) => !answers.has(master));
  }
  return [...answers.values()];
}

/**
 * Says why, to who has looked for a leader for so long.
 * @returns an ExitError `unreachable` to be thrown
 */
export async function noLeader(
  node: DialledNode,
  masters: readonly string[],
  lookedMs: number,
): Promise<ExitError> {
  const answers = await describeMasters(node, masters, SHORT_LOOK_TIMEOUT_MS);
  return new ExitError('unreachable', whyNoneLeads(answers, lookedMs));
}

/**
 * Has the leader change who belongs to it. Sent on to the leader, it goes there.
 * @throws ExitError `failed` with the leader's sentence, `unreachable` when none leads in time
 */
export async function changeMasters(
  node: DialledNode,
  given: readonly string[],
  timeoutMs: number,
  wish: MembersWish,
  wished: string,
): Promise<void> {
  const dueMs = performance.now() + timeoutMs;
  let failure: ExitError | undefined;
  let isAnswered = false;
  for (let turn = 0, leader: string | undefined; ; turn++) {
    const asked = leader ?? given[turn % given.length] ?? '';
    leader = undefined;
    const leftMs = Math.max(1, Math.round(dueMs - performance.now()));
    try {
      const { refused, askLeader } = await node.ask<HostMessage, MembersAnswer>(
        hostAt(asked),
        (replyTo) => ({ type: wish, node: wished, replyTo }),
        {
          timeoutMs: leftMs,
          whom: 'a master',
          remedy: 'name masters that keep their registry together, with --master',
        },
      );
      isAnswered = true;
      if (refused !== undefined) throw new ExitError('failed', refused);
      if (askLeader === undefined) return;
      leader = askLeader.node;
    } catch (error) {
      if (!(error instanceof ExitError) || error.exit === 'failed') throw error;
      failure = error;
    }
    if (performance.now() >= dueMs) {
      if (failure !== undefined && !isAnswered) throw failure;
      throw await noLeader(node, given, timeoutMs);
    }
    await pause(PAUSE_MS);
  }
}

async function describe(
  node: DialledNode,
  master: string,
  timeoutMs: number,
): Promise<MasterAnswer> {
  try {
    const description = await node.ask<HostMessage, MembersDescription>(
      hostAt(master),
      (replyTo) => ({ type: 'describeMembers', replyTo }),
      { timeoutMs: Math.min(timeoutMs, LOOK_TIMEOUT_MS), whom: 'a master', remedy: 'start it' },
    );
    return { node: master, description };
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    return { node: master, description: error.message };
  }
}

function hostAt(master: string): Address<HostMessage> {
  return address<HostMessage>(HOST_NAME, master);
}
