/**
 * Supervision: what becomes of an actor that crashed. Pure: policy and history in, verdict out.
 *
 * A restart that would be one more than `restartCountMax` within `restartPeriodMs` escalates: the
 * fault becomes the parent's own, and the parent's policy decides about the parent.
 * Source: the restart intensity of Erlang/OTP's supervisor; the decisions are nact's.
 */
import type { CrashDecision, SpawnSettings } from './actor.ts';
import { backoffMs } from './backoff.ts';

export type Policy = Required<
  Pick<
    SpawnSettings,
    'onCrash' | 'restartCountMax' | 'restartPeriodMs' | 'restartDelayMsMin' | 'restartDelayMsMax'
  >
>;

export interface Verdict {
  readonly decision: CrashDecision;
  /** Wait before the restart; 0 for every other decision. */
  readonly delayMs: number;
  /** When it was restarted within the period, the restart just decided included; oldest first. */
  readonly restartsAtMs: readonly number[];
}

export function decide(policy: Policy, restartsAtMs: readonly number[], nowMs: number): Verdict {
  const recent = restartsAtMs.filter((atMs) => nowMs - atMs < policy.restartPeriodMs);
  if (policy.onCrash !== 'restart') {
    return { decision: policy.onCrash, delayMs: 0, restartsAtMs: recent };
  }
  if (recent.length >= policy.restartCountMax) {
    return { decision: 'escalate', delayMs: 0, restartsAtMs: recent };
  }
  const limits = { delayMsMin: policy.restartDelayMsMin, delayMsMax: policy.restartDelayMsMax };
  const delayMs = backoffMs(recent.length, limits);
  return { decision: 'restart', delayMs, restartsAtMs: [...recent, nowMs] };
}
