/**
 * What readers were told of the master's records, so that they need be told only what is new.
 *
 * Nobody marks what changes: the book is compared with the master's state when somebody wants to read.
 * Tasks, offers and executors are replaced and never changed, so that comparing is one look at an
 * identity for each (40 000 tasks: about 3 ms). It goes on for `SLICE_COUNT_MAX` records, then others
 * get their turn; what belongs to one framework is always seen at one moment.
 */
import type { TaskId } from '../../../protocol/ids.ts';
import type { TaskView } from '../../../protocol/views.ts';
import type { AgentRecord, FrameworkRecord, MasterState, TaskRecord } from '../../state.ts';
import {
  agentView,
  completedFrameworkView,
  frameworkView,
  recoveredView,
  unreachableView,
} from '../../views.ts';
import type { ReadFramework, RecordChange } from './read-changes.ts';

/** Records that are compared in one turn of the master; a framework that has more is not cut. */
const SLICE_COUNT_MAX = 20_000;

interface Known {
  readonly number: number;
  /** Each by its identity. */
  parts: readonly unknown[];
  pass: number;
}

interface KnownTask {
  readonly number: number;
  task: unknown;
  phase: TaskView['phase'];
  pass: number;
}

export class RecordBook {
  readonly #tasks = new Map<TaskRecord, KnownTask>();
  readonly #others = new Map<object, Known>();
  #nextNumber = 1;
  #pass = 0;
  #seenCount = 0;
  /** Without those that were seen twice. */
  #presentCount = 0;
  #changes: RecordChange[] = [];

  /** Yields between slices. @returns what is new, those that are gone last */
  *compare(state: MasterState): Generator<void, readonly RecordChange[]> {
    this.#pass++;
    this.#seenCount = 0;
    this.#presentCount = 0;
    this.#changes = [];
    let sliceEnd = SLICE_COUNT_MAX;
    for (const framework of state.frameworks.values()) {
      this.#seeFramework(framework);
      if (this.#seenCount < sliceEnd) continue;
      yield;
      sliceEnd = this.#seenCount + SLICE_COUNT_MAX;
    }
    for (const framework of state.completedFrameworks.values()) {
      this.#see(framework, [], (number) => {
        return { kind: 'framework', number, view: completedFrameworkView(framework) };
      });
      this.#seeTasks(framework.completedTasks, 'completed');
      if (this.#seenCount < sliceEnd) continue;
      yield;
      sliceEnd = this.#seenCount + SLICE_COUNT_MAX;
    }
    for (const agent of state.agents.registered.values()) {
      this.#seeAgent(agent);
      if (this.#seenCount < sliceEnd) continue;
      yield;
      sliceEnd = this.#seenCount + SLICE_COUNT_MAX;
    }
    const { marks } = state.agents;
    for (const agent of state.agents.unreachable.values()) {
      const itsMarks = marks.get(agent.info.agentId);
      const view = () => unreachableView(agent, itsMarks);
      this.#see(agent, [itsMarks], (number) => ({ kind: 'agent', number, view: view() }));
    }
    for (const info of state.agents.recovered.values()) {
      const itsMarks = marks.get(info.agentId);
      const view = () => recoveredView(info, itsMarks);
      this.#see(info, [itsMarks], (number) => ({ kind: 'agent', number, view: view() }));
    }
    this.#forgetUnseen();
    return this.#changes;
  }

  #seeFramework(framework: FrameworkRecord): void {
    const { info, status, scheduler, resubscribedMs, tasks, usedMilli, offeredMilli } = framework;
    const { offerConstraints } = framework;
    const parts: unknown[] = [
      info,
      status,
      scheduler,
      resubscribedMs,
      tasks.size,
      offerConstraints,
    ];
    for (const inverseOffer of framework.inverseOffers) parts.push(inverseOffer);
    for (const [name, milli] of usedMilli) parts.push(name, milli);
    for (const [name, milli] of offeredMilli) parts.push(name, milli);
    this.#see(framework, parts, (number) => {
      return { kind: 'framework', number, view: readFramework(framework) };
    });
    this.#seeTasks(tasks, 'active');
    this.#seeTasks(framework.unreachableTasks, 'unreachable');
    this.#seeTasks(framework.completedTasks, 'completed');
    for (const record of framework.offers) {
      this.#see(record, [], (number) => ({ kind: 'offer', number, offer: record.offer }));
    }
  }

  #seeAgent(agent: AgentRecord): void {
    const { info, address, connected, used, offered, reregisteredMs, deadline, marks } = agent;
    const { total, oversubscribed, unavailability } = agent;
    const own = [info, address, connected, reregisteredMs, deadline?.atMs, marks, unavailability];
    const parts = [...own, total, oversubscribed, used, offered];
    this.#see(agent, parts, (number) => ({ kind: 'agent', number, view: agentView(agent) }));
    for (const executors of agent.executors.values()) {
      for (const executor of executors.values()) {
        this.#see(executor, [executor.info], (number) => ({ kind: 'executor', number, executor }));
      }
    }
  }

  #seeTasks(records: ReadonlyMap<TaskId, TaskRecord>, phase: TaskView['phase']): void {
    const pass = this.#pass;
    for (const record of records.values()) {
      this.#seenCount++;
      const { task } = record;
      let known = this.#tasks.get(record);
      if (known === undefined) {
        known = { number: this.#nextNumber++, task, phase, pass };
        this.#tasks.set(record, known);
        this.#presentCount++;
      } else {
        if (known.pass !== pass) this.#presentCount++;
        known.pass = pass;
        if (known.task === task && known.phase === phase) continue;
        known.task = task;
        known.phase = phase;
      }
      this.#changes.push({ kind: 'task', number: known.number, task, phase });
    }
  }

  #see(key: object, parts: readonly unknown[], change: (number: number) => RecordChange): void {
    this.#seenCount++;
    let known = this.#others.get(key);
    if (known === undefined) {
      known = { number: this.#nextNumber++, parts, pass: this.#pass };
      this.#others.set(key, known);
      this.#presentCount++;
    } else {
      if (known.pass !== this.#pass) this.#presentCount++;
      known.pass = this.#pass;
      if (isSame(known.parts, parts)) return;
      known.parts = parts;
    }
    this.#changes.push(change(known.number));
  }

  #forgetUnseen(): void {
    if (this.#presentCount === this.#tasks.size + this.#others.size) return;
    for (const records of [this.#tasks, this.#others] as Map<object, Known | KnownTask>[]) {
      for (const [key, { number, pass }] of records) {
        if (pass === this.#pass) continue;
        records.delete(key);
        this.#changes.push({ kind: 'gone', number });
      }
    }
  }
}

export function readFramework(framework: FrameworkRecord): ReadFramework {
  const { scheduler } = framework;
  const inverseOffers = [...framework.inverseOffers].map(({ offer }) => offer);
  return {
    ...frameworkView(framework),
    ...(scheduler !== undefined && { pid: `${scheduler.name}@${scheduler.node}` }),
    ...(inverseOffers.length > 0 && { inverseOffers }),
  };
}

function isSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  if (some.length !== others.length) return false;
  for (let index = 0; index < some.length; index++) {
    if (some[index] !== others[index]) return false;
  }
  return true;
}
