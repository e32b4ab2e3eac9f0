/**
 * What may be given away a second time, and what is taken back when that was too much: the policies
 * of an agent. Pure; each is a function of how the machine is used just now, and others can be given.
 *
 * | policy | answer |
 * |---|---|
 * | estimator, fixed | what is named, less what revocable tasks have of it |
 * | estimator, load  | cpus that are given to tasks and stand idle: those not busy, less those not given to anybody |
 * | controller, load | all executors with revocable tasks, while the load is above a threshold |
 *
 * Source: Mesos 1.11, docs/oversubscription.md; src/slave/resource_estimators/fixed.cpp,
 * src/slave/qos_controllers/load.cpp. The estimator by load is none of Mesos'.
 */
import type { ExecutorId, FrameworkId } from '../../protocol/ids.ts';
import { minus, type Resources, scalarMilli } from '../../protocol/resources.ts';

export interface ExecutorUse {
  readonly frameworkId: FrameworkId;
  readonly executorId: ExecutorId;
  /** Of its tasks. */
  readonly revocable: Resources;
}

export interface AgentUse {
  /** Without what is oversubscribed. */
  readonly total: Resources;
  /** Of tasks and executors, without what is revocable. */
  readonly allocated: Resources;
  /** Of all tasks. */
  readonly revocable: Resources;
  readonly executors: readonly ExecutorUse[];
  /** Processes that run or wait, on average over the last 1, 5 and 15 minutes. */
  readonly loads: readonly [one: number, five: number, fifteen: number];
  readonly cpuCount: number;
}

/** @returns what may be offered now beside what revocable tasks have already; all of it revocable */
export type Estimator = (use: AgentUse) => Resources;

/** @returns the executors that are to end */
export type Controller = (use: AgentUse) => readonly ExecutorUse[];

export function fixedEstimator(resources: Resources): Estimator {
  const total = asRevocable(resources);
  return ({ revocable }) => minus(total, revocable);
}

/** So much of a processor stays idle, for what comes suddenly. */
const IDLE_PART_KEPT = 0.1;

export function loadEstimator(): Estimator {
  return ({ total, allocated, loads: [one, five], cpuCount }) => {
    const idle = cpuCount * (1 - IDLE_PART_KEPT) - Math.max(one, five);
    const allocatedMilli = scalarMilli(allocated, 'cpus');
    const ungivenMilli = scalarMilli(total, 'cpus') - allocatedMilli;
    // Whole tenths: each change is an offer that is taken back.
    const tenths = Math.floor((idle * 1000 - ungivenMilli) / 100);
    const milli = Math.min(tenths * 100, allocatedMilli);
    return milli > 0 ? asRevocable([{ name: 'cpus', type: 'scalar', milli }]) : [];
  };
}

export interface LoadThresholds {
  readonly fiveMinutes?: number;
  readonly fifteenMinutes?: number;
}

export function loadController({ fiveMinutes, fifteenMinutes }: LoadThresholds): Controller {
  return ({ executors, loads: [, five, fifteen] }) => {
    const isOver =
      (fiveMinutes !== undefined && five > fiveMinutes) ||
      (fifteenMinutes !== undefined && fifteen > fifteenMinutes);
    return isOver ? executors.filter(({ revocable }) => revocable.length > 0) : [];
  };
}

/** The same amounts, to be taken back at any time. */
export function asRevocable(resources: Resources): Resources {
  return resources.map((resource) => ({ ...resource, revocable: true }));
}
