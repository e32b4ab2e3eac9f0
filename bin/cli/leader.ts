/**
 * Finds the master that leads, and asks it. While masters elect one, they are asked again and again,
 * until the answer is due.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { mastersOf, nextMaster, redirected, searchAmong } from '../../actors/protocol/masters.ts';
import { MASTER_NAME, type MasterMessage, type NotLeader } from '../../actors/protocol/messages.ts';
import type { Address, Tagged } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import type { DialledNode } from '../dial.ts';
import { ExitError } from '../exits.ts';
import { noLeader } from './members.ts';

/** Between questions to masters of which none leads. */
const PAUSE_MS = 200;

export interface LeaderToAsk {
  /** @throws ExitError `unreachable` when no master can be reached, or none leads in time */
  ask<Reply extends Tagged>(
    request: (replyTo: Address<Reply | NotLeader>) => MasterMessage,
  ): Promise<Reply>;
}

export function leaderAmong(
  node: DialledNode,
  given: readonly string[],
  timeoutMs: number,
): LeaderToAsk {
  let search = searchAmong(given);
  let leader: string | undefined;
  const settings = {
    whom: 'a master',
    remedy: 'start one with bin/node --role master, or name it with --master',
  };

  return {
    async ask<Reply extends Tagged>(
      request: (replyTo: Address<Reply | NotLeader>) => MasterMessage,
    ): Promise<Reply> {
      const dueMs = performance.now() + timeoutMs;
      const unreached = new Map<string, ExitError>();
      for (let askedInVain = 0; ; ) {
        const next = leader === undefined ? nextMaster(search) : { node: leader, search };
        search = next.search;
        leader = undefined;
        const leftMs = Math.max(1, Math.round(dueMs - performance.now()));
        const master = address<MasterMessage>(MASTER_NAME, next.node);
        let askNow = false;
        try {
          const answer = await node.ask<MasterMessage, Reply | NotLeader>(master, request, {
            ...settings,
            timeoutMs: leftMs,
          });
          if (!isNotLeader(answer)) {
            leader = next.node;
            return answer;
          }
          unreached.delete(next.node);
          ({ search, askNow } = redirected(search, answer));
        } catch (error) {
          if (!(error instanceof ExitError)) throw error;
          unreached.set(next.node, error);
          if (mastersOf(search).every((one) => unreached.has(one))) throw error;
        }
        if (askNow) continue;
        if (performance.now() >= dueMs) throw await noLeader(node, mastersOf(search), timeoutMs);
        // All have been asked: those that can be reached elect one, or can't.
        if (++askedInVain % mastersOf(search).length === 0) await pause(PAUSE_MS);
      }
    },
  };
}

function isNotLeader<Reply extends Tagged>(answer: Reply | NotLeader): answer is NotLeader {
  return answer.type === 'notLeader';
}
