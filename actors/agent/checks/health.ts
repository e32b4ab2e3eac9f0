/**
 * What looks at a task mean: is it healthy, and is it to be killed? Pure.
 *
 *     beginning ──success──▶ healthy ◀──success── failing ──failed too often──▶ (killed)
 *         └─failure, after the grace period─▶ failing ◀─failure─┘
 * The first success is told, each failure that counts, and the first success after one.
 * Source: Mesos 1.11, src/checks/health_checker.cpp, failure, success, interpretCheckStatusInfo.
 */
import {
  CHECK_DEFAULTS,
  type CheckInfo,
  type CheckStatus,
  type HealthCheck,
} from '../../protocol/checks.ts';

/** What one look found; `failed` is the end of a sentence: it could not be made. */
export type Outcome = CheckStatus | { readonly type: 'failed'; readonly cause: string };

export interface Health {
  /** There has been no success yet. */
  beginning: boolean;
  failureCount: number;
}

/** `failureCount` in a row; with 0 of them it is healthy. */
export interface HealthNews {
  readonly healthy: boolean;
  readonly failureCount: number;
  /** It is to be killed. */
  readonly hopeless: boolean;
  /** What was wrong, as the end of a sentence. */
  readonly cause: string;
}

export function newHealth(): Health {
  return { beginning: true, failureCount: 0 };
}

/** @param ageMs of the task @returns undefined when nothing is to be told */
export function noteOutcome(
  health: Health,
  check: HealthCheck,
  outcome: Outcome,
  ageMs: number,
): HealthNews | undefined {
  const cause = illness(check, outcome);
  if (cause === undefined) {
    const isNews = health.beginning || health.failureCount > 0;
    health.beginning = false;
    health.failureCount = 0;
    return isNews ? { healthy: true, failureCount: 0, hopeless: false, cause: '' } : undefined;
  }
  const { gracePeriodMs = CHECK_DEFAULTS.gracePeriodMs } = check;
  const { consecutiveFailures = CHECK_DEFAULTS.consecutiveFailures } = check;
  if (health.beginning && gracePeriodMs > 0 && ageMs <= gracePeriodMs) return undefined;
  const failureCount = ++health.failureCount;
  const hopeless = failureCount >= consecutiveFailures;
  return { healthy: false, failureCount, hopeless, cause };
}

/** @returns undefined for what is healthy */
export function illness(check: HealthCheck, outcome: Outcome): string | undefined {
  switch (outcome.type) {
    case 'failed':
      return outcome.cause;
    case 'command':
      return outcome.exitCode === 0 ? undefined : `the command exited with ${outcome.exitCode}`;
    case 'http': {
      const { statusCode = 0 } = outcome;
      const statuses = check.type === 'http' ? check.statuses : undefined;
      const good = statuses?.includes(statusCode) ?? (statusCode >= 200 && statusCode < 400);
      return good ? undefined : `the server answered ${statusCode}`;
    }
    case 'tcp':
      return outcome.succeeded ? undefined : 'no connection could be made';
  }
}

/** What a check that could not be made has found: nothing. */
export function statusOf({ type }: CheckInfo, outcome: Outcome): CheckStatus {
  return outcome.type === 'failed' ? { type } : outcome;
}

export function sameStatus(one: CheckStatus, other: CheckStatus): boolean {
  const found = (status: CheckStatus): unknown => {
    switch (status.type) {
      case 'command':
        return status.exitCode;
      case 'http':
        return status.statusCode;
      case 'tcp':
        return status.succeeded;
    }
  };
  return one.type === other.type && found(one) === found(other);
}
