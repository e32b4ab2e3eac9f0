/**
 * What a seed exercised, by what it is called: how many tasks of which kind, what became of them, and which
 * faults came about. A kind that no seed of a batch has seen is one that nobody tests.
 */
import { isRevocable } from '../../actors/protocol/resource-kinds.ts';
import type { ScriptedMachine } from '../kit/scripted-launcher.ts';
import type { SimulatedFramework } from './frameworks.ts';
import type { JobRecord } from './jobs.ts';

export class Tally {
  readonly #counts = new Map<string, number>([['jobs', 0]]);

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  add(what: string, count = 1): void {
    if (count > 0) this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
  }

  addFramework({ ledger, speaks, customExecutor }: SimulatedFramework): void {
    const { jobs, over, life, redirectCount, lostStreamCount, kept } = ledger;
    for (const job of jobs.values()) {
      this.add('jobs');
      this.add(job.ended ?? (over === undefined ? 'open' : 'with framework'));
      if (speaks === 'http') this.add('by HTTP');
      if (customExecutor !== 'none') this.add(`in executors by ${customExecutor}`);
      this.#addKinds(job);
    }
    this.add('on volumes', kept.launchedCount);
    this.add('on volumes of others', kept.reusedCount);
    this.add('volumes resized', kept.resizedCount);
    this.add('operations', kept.operations.size);
    for (const state of kept.operations.values()) {
      if (state !== 'silent') this.add(`operations ${state}`);
    }
    this.add('schedulers after the first', life - 1);
    this.add('redirects', redirectCount);
    this.add('scheduler streams lost', lostStreamCount);
  }

  addMachine({ recovered, boot }: ScriptedMachine): void {
    this.add('taken up', recovered.takenUpCount);
    this.add('left over', recovered.leftovers.length);
    this.add('boots', boot.count - 1);
  }

  #addKinds({ group, wishes, reasons, heard, resources }: JobRecord): void {
    if (group !== undefined) this.add('in groups');
    if (wishes.uris !== undefined) this.add('fetched');
    if (wishes.check !== undefined) this.add('checked');
    if (wishes.healthCheck !== undefined) this.add('health checked');
    if (wishes.maxCompletionTimeMs !== undefined) this.add('limited in time');
    if (reasons.has('taskCheckStatusUpdated')) this.add('told of a check');
    if (reasons.has('taskHealthCheckStatusUpdated')) this.add('told of their health');
    if (reasons.has('containerPreempted')) this.add('preempted');
    if (resources.some(isRevocable)) this.add('on what was given before');
    if (reasons.has('maxCompletionTimeReached')) this.add('over their time');
    if (heard.includes('unreachable')) this.add('unreachable for a while');
  }
}
