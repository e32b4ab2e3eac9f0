/**
 * When the agent asks its master to be (re)registered. Pure.
 *
 *     waiting ──ready──▶ registering ──registered──▶ registered ──lost──▶ reregistering ─┐
 *                         └◀─unanswered─┘                ▲                 └◀─unanswered─┤
 *                                                        └──────────registered───────────┘
 * A new agent asks at once. One that lost its master waits first, for all others of the cluster have
 * just lost it, too: a random part of the time that the master found right for so many agents (in
 * Mesos it is always that of the first repetition). Unanswered, it waits at random in [0, b * 2^n],
 * so that a storm spreads ever wider, and b is no less than that time; sent to another master, it asks
 * that one without waiting. Where the connection that it asked by is broken, what it said is lost for
 * certain, and connecting is cheap: it asks again within b, however often it did (Messor's: in Mesos
 * the wait goes on, up to a minute after the master is back).
 * Source: Mesos 1.11, src/slave/slave.cpp, doReliableRegistration, constants.hpp.
 */
import { type BackoffLimits, backoffMs } from '../../runtime/backoff.ts';

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
  const { delayMsMax } = limits;
  const waitMs = (count: number) => random() * backoffMs(count, { delayMsMin, delayMsMax });
  switch (event) {
    case 'ready':
      if (phase !== 'waiting') return undefined;
      return { registration: { phase: 'registering', attempt: 1 }, ask: true, waitMs: waitMs(0) };
    case 'unanswered':
      if (phase !== 'registering' && phase !== 'reregistering') return undefined;
      return { registration: { phase, attempt: attempt + 1 }, ask: true, waitMs: waitMs(attempt) };
    case 'redirected':
      if (phase !== 'registering' && phase !== 'reregistering') return undefined;
      return { registration: { phase, attempt }, ask: true, waitMs: waitMs(attempt) };
    case 'unreached':
      if (phase !== 'registering' && phase !== 'reregistering') return undefined;
      return { registration: { phase, attempt: 0 }, ask: false, waitMs: waitMs(0) };
    case 'registered':
      if (phase === 'waiting') return undefined;
      return { registration: { phase: 'registered', attempt: 0 }, ask: false };
    case 'lost':
      if (phase !== 'registered') return undefined;
      return {
        registration: { phase: 'reregistering', attempt: 0 },
        ask: false,
        waitMs: random() * limits.returnSpreadMs,
      };
  }
}
