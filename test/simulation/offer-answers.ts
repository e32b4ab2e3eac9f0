/** What a simulated framework makes of an offer, whatever its scheduler speaks. */
import type { Operation } from '../../actors/protocol/offer.ts';
import { type JobOptions, type Launch, type Offered, takeOffer } from './jobs.ts';
import { checkOwners, keeping, reusing, tidying } from './keeping.ts';

export type OfferAnswer =
  | { readonly type: 'decline' }
  | { readonly type: 'launch'; readonly launch: Launch }
  /** With the jobs that are launched by one of them, if any. */
  | {
      readonly type: 'operate';
      readonly operations: readonly Operation[];
      readonly jobs: Launch['jobs'];
    };

/** What it launches is in the ledger by then. @throws when it is offered what is not for it */
export function answerOffer(
  offer: Offered,
  options: JobOptions,
  random: () => number,
  nowMs: number,
): OfferAnswer {
  checkOwners(offer);
  const reused = reusing(offer, options, random, nowMs);
  if (reused !== undefined) return { type: 'launch', launch: reused };
  const launch = takeOffer(offer, options, random, nowMs);
  if (launch === undefined) {
    const operations = tidying(offer, options, random);
    return operations.length === 0
      ? { type: 'decline' }
      : { type: 'operate', operations, jobs: [] };
  }
  const { jobs, tasks, groupExecutor } = launch;
  const [job] = jobs;
  const [task] = tasks;
  const isAlone = jobs.length === 1 && groupExecutor === undefined;
  if (isAlone && job !== undefined && task !== undefined && random() < options.keepProbability) {
    const named = { ...task, agentId: offer.agentId };
    const operations = keeping(offer, named, job, options, random);
    if (operations !== undefined) return { type: 'operate', operations, jobs };
  }
  return { type: 'launch', launch };
}
