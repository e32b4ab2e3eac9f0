/**
 * When the agent asks its master to be (re)registered. Pure.
 *
 *     waiting ──ready──▶ registering ──registered──▶ registered ──lost──▶ reregistering ─┐
 *                         └◀─unanswered─┘                ▲                 └◀─unanswered─┤
 *                                                        └──────────registered───────────┘
 * A new agent asks at once. One that lost its master waits first, for all others of the cluster have
 * just lost it, too: a random part of the time that the master found right for so many agents, and
 * that its own tasks make longer (in Mesos it is always that of the first repetition). Unanswered, it
 * waits at random in [b * 2^n, b * 2^(n+1)], so that a storm spreads ever wider, and b is no less than
 * that time (in Mesos from 0 on: but what was said by a connection that stands is not lost, it only
 * waits, and a report that is sent again makes all others wait longer). Sent to another master, it asks
 * that one without waiting. Where the connection that it asked by is broken, what it said is lost for
 * certain, and connecting is cheap: it asks again within b, however often it did (Messor's: in Mesos
 * the wait goes on, up to a minute after the master is back).
 * Source: Mesos 1.11, src/slave/slave.cpp, doReliableRegistration, constants.hpp.
 */
import { type BackoffLimits, backoffMs, jitteredBackoffMs } from '../../runtime/backoff.ts';

/**
 * A report takes the master so much longer for each task in it, as part of a bare one: twice what it
 * computes for it, for it has others to listen to.
 */
const SPREAD_PER_TASK = 0.2;

export interface Registration {
  readonly phase: 'waiting' | 'registering' | 'reregistering' | 'registered';
  /** How often was asked in this phase. */
  readonly attempt: number;
}

/**
 * `lost`: a broken link, a ping that says so, or none for too long. `redirected`: another master is to
 * be asked, and at once. `unreached`: the link to the one that was asked is broken, and there is no
 * other to turn to.
 */
export type RegistrationEvent =
  | 'ready'
  | 'unanswered'
  | 'redirected'
  | 'unreached'
  | 'registered'
  | 'lost';

export interface RegistrationLimits extends BackoffLimits {
  /** Within this time all agents of a lost master come back. */
  readonly returnSpreadMs: number;
}

export interface RegistrationStep {
  readonly registration: Registration;
  /** Ask the master now. */
  readonly ask: boolean;
  /** Let `unanswered` come after this long. Absent: no timer is wanted. */
  readonly waitMs?: number;
}

export const BEFORE_REGISTRATION: Registration = { phase: 'waiting', attempt: 0 };

/**
 * The time in which to come back, if all had as many tasks as this agent.
 * @param returnSpreadMs what the master found right for so many agents
 */
export function spreadWithTasks(returnSpreadMs: number, taskCount: number): number {
  return returnSpreadMs * (1 + taskCount * SPREAD_PER_TASK);
}

/** @returns undefined when the event changes nothing in this phase */
export function nextStep(
  { phase, attempt }: Registration,
  event: RegistrationEvent,
  limits: RegistrationLimits,
  random: () => number,
): RegistrationStep | undefined {
  const delayMsMin =
    phase === 'reregistering'
      ? Math.max(limits.delayMsMin, limits.returnSpreadMs)
      : limits.delayMsMin;
  const delays = { delayMsMin, delayMsMax: limits.delayMsMax };
  const answerMs = (count: number) => jitteredBackoffMs(count + 1, delays, random);
  switch (event) {
    case 'ready':
      if (phase !== 'waiting') return undefined;
      return { registration: { phase: 'registering', attempt: 1 }, ask: true, waitMs: answerMs(0) };
    case 'unanswered':
      if (phase !== 'registering' && phase !== 'reregistering') return undefined;
      return {
        registration: { phase, attempt: attempt + 1 },
        ask: true,
        waitMs: answerMs(attempt),
      };
    case 'redirected':
      if (phase !== 'registering' && phase !== 'reregistering') return undefined;
      return { registration: { phase, attempt }, ask: true, waitMs: answerMs(attempt) };
    case 'unreached':
      if (phase !== 'registering' && phase !== 'reregistering') return undefined;
      return {
        registration: { phase, attempt: 0 },
        ask: false,
        waitMs: random() * backoffMs(0, delays),
      };
    case 'registered':
      if (phase === 'waiting') return undefined;
      return { registration: { phase: 'registered', attempt: 0 }, ask: false };
    case 'lost':
      if (phase !== 'registered') return undefined;
      return {
        registration: { phase: 'reregistering', attempt: 0 },
        ask: false,
        waitMs: random() * Math.min(limits.returnSpreadMs, limits.delayMsMax),
      };
  }
}
