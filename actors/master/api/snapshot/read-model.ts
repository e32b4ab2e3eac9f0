/**
 * What readers know: the records as they were told, each with its encoded forms, made when they are
 * wanted first and kept until the record changes. Answers are joined of them.
 */
import type { FrameworkId } from '../../../protocol/ids.ts';
import type { Offer } from '../../../protocol/offer.ts';
import type { Task } from '../../../protocol/task.ts';
import { encodeV1, jsonTextOf } from '../../../protocol/v1/codec.ts';
import type { V1, V1Name } from '../../../protocol/v1/dictionary.ts';
import { fromAgent, fromAgentView } from '../../../protocol/v1/from-nouns/agents.ts';
import { fromFrameworkView } from '../../../protocol/v1/from-nouns/frameworks.ts';
import { fromInverseOffer, fromOffer } from '../../../protocol/v1/from-nouns/offers.ts';
import { fromExecutor, fromTask } from '../../../protocol/v1/from-nouns/tasks.ts';
import type { AgentView, TaskView } from '../../../protocol/views.ts';
import type { ExecutorRecord } from '../../state.ts';
import type { ReadChange, ReadFramework, ReadMaster, RecordChange } from './read-changes.ts';

/** The encoded forms of one thing, each made at most once. */
export class Encoded<Name extends V1Name> {
  readonly #name: Name;
  readonly #make: () => V1<Name>;
  readonly #oldText: (object: V1<Name>) => string;
  #json: string | undefined;
  #protobuf: Uint8Array | undefined;
  #old: string | undefined;

  constructor(name: Name, make: () => V1<Name>, oldText: (object: V1<Name>) => string) {
    this.#name = name;
    this.#make = make;
    this.#oldText = oldText;
  }

  object(): V1<Name> {
    return this.#make();
  }

  json(): string {
    this.#json ??= jsonTextOf(this.#name, this.#make());
    return this.#json;
  }

  protobuf(): Uint8Array {
    this.#protobuf ??= encodeV1(this.#name, 'protobuf', this.#make());
    return this.#protobuf;
  }

  old(): string {
    this.#old ??= this.#oldText(this.#make());
    return this.#old;
  }
}

export interface TaskEntry {
  readonly kind: 'task';
  readonly task: Task;
  readonly phase: TaskView['phase'];
  readonly encoded: Encoded<'Task'>;
}

export interface AgentEntry {
  readonly kind: 'agent';
  readonly view: AgentView;
  /** Of one that is registered. */
  readonly encoded: Encoded<'master.Response.GetAgents.Agent'>;
}

export interface FrameworkEntry {
  readonly kind: 'framework';
  readonly view: ReadFramework;
}

interface ExecutorEntry {
  readonly kind: 'executor';
  readonly executor: ExecutorRecord;
  readonly encoded: Encoded<'master.Response.GetExecutors.Executor'>;
}

interface OfferEntry {
  readonly kind: 'offer';
  readonly offer: Offer;
  readonly encoded: Encoded<'Offer'>;
}

type Entry = TaskEntry | AgentEntry | FrameworkEntry | ExecutorEntry | OfferEntry;

/** What belongs to one framework. */
export interface OfFramework {
  readonly tasks: Map<number, TaskEntry>;
  readonly executors: Map<number, ExecutorEntry>;
  readonly offers: Map<number, OfferEntry>;
}

export class ReadModel {
  master: ReadMaster | undefined;
  readonly agents = new Map<number, AgentEntry>();
  readonly frameworks = new Map<number, FrameworkEntry>();
  readonly #entries = new Map<number, Entry>();
  readonly #parts = new Map<FrameworkId, OfFramework>();
  readonly #staged: RecordChange[] = [];
  readonly #oldForms: OldForms;

  constructor(oldForms: OldForms) {
    this.#oldForms = oldForms;
  }

  /** Nothing is seen of them before the moment has come when they are true together. */
  apply(changes: readonly ReadChange[]): void {
    for (const change of changes) {
      if (change.kind !== 'moment') this.#staged.push(change);
      else for (const staged of this.#staged.splice(0)) this.#apply(staged);
    }
  }

  #apply(change: RecordChange): void {
    if (change.kind === 'grants') {
      if (this.master !== undefined) this.master = { ...this.master, grants: change.grants };
      return;
    }
    if (change.kind !== 'begin') {
      this.#replace(change);
      return;
    }
    this.master = change.master;
    for (const map of [this.agents, this.frameworks, this.#entries, this.#parts]) map.clear();
  }

  of(frameworkId: FrameworkId): OfFramework {
    return this.#parts.get(frameworkId) ?? NOTHING;
  }

  /** Also of frameworks that are not known themselves. */
  *tasks(): Iterable<TaskEntry> {
    for (const { tasks } of this.#parts.values()) yield* tasks.values();
  }

  *executors(): Iterable<ExecutorEntry> {
    for (const { executors } of this.#parts.values()) yield* executors.values();
  }

  *offers(): Iterable<OfferEntry> {
    for (const { offers } of this.#parts.values()) yield* offers.values();
  }

  #replace(change: Exclude<RecordChange, { kind: 'begin' | 'grants' }>): void {
    const { number } = change;
    const before = this.#entries.get(number);
    switch (change.kind) {
      case 'gone':
        this.#entries.delete(number);
        if (before !== undefined) this.#remove(number, before);
        return;
      case 'agent': {
        const { view } = change;
        const encoded = new Encoded(AGENT, () => fromAgentView(view), this.#oldForms.agent);
        const entry: AgentEntry = { kind: 'agent', view, encoded };
        this.agents.set(number, entry);
        this.#entries.set(number, entry);
        return;
      }
      case 'framework': {
        const entry: FrameworkEntry = { kind: 'framework', view: change.view };
        this.frameworks.set(number, entry);
        this.#entries.set(number, entry);
        return;
      }
      case 'task': {
        const { task, phase } = change;
        const isSame = before?.kind === 'task' && before.task === task;
        const encoded = isSame
          ? before.encoded
          : new Encoded('Task', () => fromTask(task), this.#oldForms.task);
        const entry: TaskEntry = { kind: 'task', task, phase, encoded };
        this.#entries.set(number, entry);
        this.#partsOf(task.frameworkId).tasks.set(number, entry);
        return;
      }
      case 'executor': {
        const { executor } = change;
        const { frameworkId } = executor;
        const make = () => executorOf(executor);
        const encoded = new Encoded(EXECUTOR, make, this.#oldForms.executor);
        const entry: ExecutorEntry = { kind: 'executor', executor, encoded };
        this.#entries.set(number, entry);
        this.#partsOf(frameworkId).executors.set(number, entry);
        return;
      }
      case 'offer': {
        const { offer } = change;
        const encoded = new Encoded('Offer', () => fromOffer(offer, FORM), this.#oldForms.offer);
        const entry: OfferEntry = { kind: 'offer', offer, encoded };
        this.#entries.set(number, entry);
        this.#partsOf(offer.frameworkId).offers.set(number, entry);
      }
    }
  }

  #remove(number: number, entry: Entry): void {
    switch (entry.kind) {
      case 'agent':
        this.agents.delete(number);
        return;
      case 'framework':
        this.frameworks.delete(number);
        return;
      case 'task':
        this.#drop(entry.task.frameworkId, 'tasks', number);
        return;
      case 'executor':
        this.#drop(entry.executor.frameworkId, 'executors', number);
        return;
      case 'offer':
        this.#drop(entry.offer.frameworkId, 'offers', number);
    }
  }

  #drop(frameworkId: FrameworkId, kind: keyof OfFramework, number: number): void {
    const parts = this.#parts.get(frameworkId);
    if (parts === undefined) return;
    parts[kind].delete(number);
    const { tasks, executors, offers } = parts;
    if (tasks.size + executors.size + offers.size === 0) this.#parts.delete(frameworkId);
  }

  #partsOf(frameworkId: FrameworkId): OfFramework {
    let parts = this.#parts.get(frameworkId);
    if (parts === undefined) {
      parts = { tasks: new Map(), executors: new Map(), offers: new Map() };
      this.#parts.set(frameworkId, parts);
    }
    return parts;
  }
}

/** How records look in the old endpoints. */
export interface OldForms {
  readonly task: (task: V1<'Task'>) => string;
  readonly executor: (executor: V1<typeof EXECUTOR>) => string;
  readonly offer: (offer: V1<'Offer'>) => string;
  readonly agent: (agent: V1<typeof AGENT>) => string;
}

const AGENT = 'master.Response.GetAgents.Agent';
const EXECUTOR = 'master.Response.GetExecutors.Executor';
const NOTHING: OfFramework = { tasks: new Map(), executors: new Map(), offers: new Map() };
const FORM = { multiRole: true, reservationRefinement: true } as const;

function executorOf({ info, role, frameworkId, agentId }: ExecutorRecord): V1<typeof EXECUTOR> {
  return {
    executor_info: fromExecutor(info, { frameworkId, role }),
    agent_id: { value: agentId },
  };
}

export function recoveredAgentOf(view: AgentView): V1<'AgentInfo'> {
  return fromAgent(view.info);
}

export function frameworkOf(
  view: ReadFramework,
  offers: readonly Offer[],
): V1<'master.Response.GetFrameworks.Framework'> {
  const { inverseOffers = [] } = view;
  return {
    ...fromFrameworkView(view),
    ...(offers.length > 0 && { offers: offers.map((offer) => fromOffer(offer, FORM)) }),
    ...(inverseOffers.length > 0 && { inverse_offers: inverseOffers.map(fromInverseOffer) }),
  };
}

export function isRegistered({ view: { state } }: AgentEntry): boolean {
  return state === 'active' || state === 'disconnected';
}

export function isCompleted({ view: { state } }: FrameworkEntry): boolean {
  return state === 'completed';
}
