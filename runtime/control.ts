/**
 * The control plane: one nact actor behind each supervised actor. The only file that knows nact.
 *
 * nact holds the tree and the names among siblings, asks `onCrash` what to do, and does it: `stop`,
 * `reset` (which calls `initialStateFunc`, our restart), `resume`, or the parent's fault. No message
 * of ours goes through it: one costs a turn of the event loop and a copy of the child list.
 *
 * Its concrete actors are driven directly, never by `dispatch`, and `handleFault` is replaced by
 * one that does not wait: between its decision and its deed nact 7.6.2 awaits, and what happens in
 * that gap is where it breaks (an actor stopped meanwhile has no parent to escalate to; an
 * `onCrash` that throws leaves the actor busy for ever). So nothing of the control plane depends on
 * microtasks, `setImmediate` or timers: under a virtual host it is as deterministic as the rest.
 * What nact still leaves to `setImmediate` is its `afterStop`, which is not used.
 */
import { type ActorProps, type Ref, spawn, start, stop } from 'nact';
import type { CrashDecision } from './actor.ts';
import { assert } from './assert.ts';

/** What the runtime does when the control plane says so. */
export interface ControlHooks {
  /** What to do about a fault of this actor, or about one that its child escalated. */
  decide(): CrashDecision;
  /** Its first start and, each time nact resets it, its next: with a new state. */
  begin(): void;
  /** nact is to reset it: end what it was, then call `reset`, at once or after a wait. */
  restart(reset: () => void): void;
  resume(): void;
  stop(): void;
  escalate(error: unknown): void;
}

/** The parts of nact's concrete objects that are used; nact hands them to plugins untyped. */
interface ConcreteActor {
  /** Ours, added to nact's: which node drives it. */
  control?: ControlNode;
  handleFault(message: unknown, sender: unknown, error: unknown, child?: unknown): void;
  onCrash(message: unknown, error: unknown, decisions: Decisions, child?: unknown): symbol;
  createSupervisionContext(message: unknown, sender: unknown, error: unknown): Decisions;
  reset(): void;
  resume(): void;
  stop(): void;
}

interface ConcreteSystem {
  find(reference: unknown): ConcreteActor | undefined;
}

type Decisions = Readonly<Record<'stop' | 'reset' | 'resume' | 'escalate', symbol>>;

const NACT_NAME = {
  restart: 'reset',
  resume: 'resume',
  stop: 'stop',
  escalate: 'escalate',
} as const;

/** One set for all: nact calls each as a method of its concrete actor. */
const PROPERTIES = {
  initialStateFunc(this: ConcreteActor) {
    // In its constructor nobody drives it yet; `ControlPlane.spawn` makes up for that.
    this.control?.hooks.begin();
    return null;
  },
  onCrash(this: ConcreteActor, _message: unknown, _error: unknown, decisions: Decisions) {
    assert(this.control !== undefined, 'only what was started can crash');
    return decisions[NACT_NAME[this.control.hooks.decide()]];
  },
  afterStop() {},
};

const keepState = (state: null) => state;

/** nact keeps all systems of a process in one table: two may not share a name. */
let systemCount = 0;

/** The tree of one node. */
export class ControlPlane {
  private readonly reference: Ref<never>;
  private readonly concrete: ConcreteSystem;

  constructor() {
    let concrete: ConcreteSystem | undefined;
    // With a name given nact draws no random one; its typings know the name only as a string.
    const settings = { name: `messor-${++systemCount}` } as unknown as string;
    this.reference = start(settings, (system) => {
      concrete = system as unknown as ConcreteSystem;
    });
    assert(concrete !== undefined, 'nact hands its system to every plugin');
    this.concrete = concrete;
  }

  /** Always with a name: those that nact makes up collide after some thousand actors. */
  spawn(parent: ControlNode | undefined, name: string, hooks: ControlHooks): ControlNode {
    // Its typings say `Symbol`, the object, where they mean `symbol`, and know no `this`.
    const properties = PROPERTIES as unknown as ActorProps<null, unknown, Ref<never>>;
    const reference = spawn(parent?.reference ?? this.reference, keepState, name, properties);
    const concrete = this.concrete.find(reference);
    assert(concrete !== undefined, 'nact finds what it has just spawned');
    const node = new ControlNode(reference, concrete, hooks);
    hooks.begin();
    return node;
  }

  close(): void {
    stop(this.reference);
  }
}

/** One nact actor, driven directly. */
export class ControlNode {
  readonly reference: Ref<never>;
  readonly hooks: ControlHooks;
  private readonly concrete: ConcreteActor;
  private stopped = false;

  constructor(reference: Ref<never>, concrete: ConcreteActor, hooks: ControlHooks) {
    this.reference = reference;
    this.hooks = hooks;
    this.concrete = concrete;
    concrete.control = this;
    concrete.handleFault = handleFault;
  }

  fault(error: unknown): void {
    // A fault may arrive after the end; nact would look for the parent that it no longer has.
    if (!this.stopped) this.concrete.handleFault(undefined, undefined, error);
  }

  reset(): void {
    if (!this.stopped) this.concrete.reset();
  }

  /**
   * Takes it out of nact's tree, once. Its children must have been stopped before, each by its own
   * node: nact's `stop` does not reach them.
   */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.concrete.stop();
  }
}

/** nact's own, without the wait between the decision and the deed. */
function handleFault(this: ConcreteActor, message: unknown, sender: unknown, error: unknown): void {
  assert(this.control !== undefined, 'only what was started can crash');
  const { control } = this;
  const decisions = this.createSupervisionContext(message, sender, error);
  const decision = this.onCrash(message, error, decisions);
  if (decision === decisions.reset) {
    control.hooks.restart(() => control.reset());
  } else if (decision === decisions.escalate) {
    control.hooks.escalate(error);
  } else if (decision === decisions.stop) {
    control.hooks.stop();
  } else {
    this.resume();
    control.hooks.resume();
  }
}
