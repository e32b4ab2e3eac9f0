/**
 * Which roles want offers, as schedulers say it: each counts its wishes, so that one that was overtaken on
 * its way changes nothing, and offers tell which was heard last. Who is told so need not repeat it.
 */
import { sameAddress } from '../../runtime/address.ts';
import type { FrameworkRecord } from './state.ts';

interface Numbered {
  readonly demandNumber?: number;
}

/** @returns false where its scheduler has said something newer meanwhile */
export function hearDemand(framework: FrameworkRecord, wish: Numbered): boolean {
  const { scheduler } = framework;
  if (isLate(framework, wish)) return false;
  if (scheduler === undefined || wish.demandNumber === undefined) return true;
  framework.demand = { scheduler, number: wish.demandNumber };
  return true;
}

/** Whether its scheduler has said something newer meanwhile. */
export function isLate(framework: FrameworkRecord, { demandNumber }: Numbered): boolean {
  return demandNumber !== undefined && demandNumber < (heardDemand(framework) ?? 0);
}

/** The number of the last wish that was heard of the scheduler that it has now. */
export function heardDemand({ demand, scheduler }: FrameworkRecord): number | undefined {
  const isIts = demand !== undefined && scheduler !== undefined;
  return isIts && sameAddress(demand.scheduler, scheduler) ? demand.number : undefined;
}
