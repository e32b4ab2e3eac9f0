/**
 * Checks of tasks: what is looked at, how often, and what was found.
 * Source of names and defaults: Mesos 1.11, include/mesos/v1/mesos.proto, CheckInfo, HealthCheck.
 */
import type { CommandInfo } from './task.ts';

/** When a task is looked at. The next look begins `intervalMs` after the one before has ended. */
export interface CheckTimes {
  /** From the start of the task to the first look. Default 15 000. */
  readonly delayMs?: number;
  /** Default 10 000; at least 100. */
  readonly intervalMs?: number;
  /** A look that takes longer has failed. Default 20 000; 0: it may take for ever. */
  readonly timeoutMs?: number;
}

/** A command in the task's sandbox, with the task's environment and its own. */
export interface CommandProbe {
  readonly type: 'command';
  readonly command: CommandInfo;
}

/** `GET` on the agent's own machine. Redirects are followed; certificates are not looked at. */
export interface HttpProbe {
  readonly type: 'http';
  readonly port: number;
  /** Begins with `/`. Default: none. */
  readonly path?: string;
}

/** A connection on the agent's own machine, closed as soon as it stands. */
export interface TcpProbe {
  readonly type: 'tcp';
  readonly port: number;
}

export type CheckInfo = CheckTimes & (CommandProbe | HttpProbe | TcpProbe);

/** Default `ipv4`: 127.0.0.1, or ::1. */
export type IpProtocol = 'ipv4' | 'ipv6';

export interface HealthyHttpProbe extends HttpProbe {
  /** Default `http`. */
  readonly scheme?: 'http' | 'https';
  readonly protocol?: IpProtocol;
  /** The answers of one who is healthy. Default: 200 to 399. */
  readonly statuses?: readonly number[];
}

export interface HealthyTcpProbe extends TcpProbe {
  readonly protocol?: IpProtocol;
}

/** Healthy are a command that exits with 0, an answer of 200 to 399, a connection that stands. */
export type HealthCheck = CheckTimes & {
  /** Failures in a row after which the task is killed. Default 3. */
  readonly consecutiveFailures?: number;
  /** From the start of the task: failures before the first success don't count. Default 10 000. */
  readonly gracePeriodMs?: number;
} & (CommandProbe | HealthyHttpProbe | HealthyTcpProbe);

/** What a check found. Its one field is absent when nothing was found: not yet, or not this time. */
export type CheckStatus =
  | { readonly type: 'command'; readonly exitCode?: number }
  | { readonly type: 'http'; readonly statusCode?: number }
  | { readonly type: 'tcp'; readonly succeeded?: boolean };

export const CHECK_DEFAULTS = {
  delayMs: 15_000,
  intervalMs: 10_000,
  timeoutMs: 20_000,
  consecutiveFailures: 3,
  gracePeriodMs: 10_000,
} as const;
