/**
 * The living state of an actor, for checks after a step. The inspector shows copies to whoever asks
 * by message; a check that runs after each of a million steps can afford neither.
 */
import type { AnyAddress } from '../../runtime/actor.ts';
import type { Kernel } from '../../runtime/kernel.ts';
import type { System } from '../../runtime/system.ts';

/** A view: it shows what is there when it is looked at. */
export interface Inside<State> {
  readonly state: State;
  /** Messages that stand in its mailbox. */
  readonly waitingCount: number;
  /** Messages it has handled; while this stands still, so does its state. */
  readonly handledCount: number;
}

/** @returns undefined when there is no such actor, or it has not had its first turn */
export function lookInside<State>(
  system: System,
  actor: Omit<AnyAddress, 'node'>,
): Inside<State> | undefined {
  return peephole<State>(system, actor)?.();
}

/** The names of the actors that live in it now. */
export function actorNames(system: System): readonly string[] {
  const { kernel } = system as unknown as { readonly kernel: Kernel };
  return [...kernel.cells.values()].map(({ name }) => name);
}

/** For who looks often: finds the actor once. The hole shows undefined when it is not running. */
export function peephole<State>(
  system: System,
  actor: Omit<AnyAddress, 'node'>,
): (() => Inside<State> | undefined) | undefined {
  // A system keeps its kernel to itself; only this file looks behind.
  const { kernel } = system as unknown as { readonly kernel: Kernel };
  const cell = kernel.find({ ...actor, node: system.node });
  if (cell === undefined) return undefined;
  const inside: Inside<State> = {
    get state() {
      return cell.state as State;
    },
    get waitingCount() {
      return cell.mailbox.length;
    },
    get handledCount() {
      return cell.handledCount;
    },
  };
  return () => (cell.phase === 'running' ? inside : undefined);
}

/** For who looks at one name again and again, whoever has it: finds an actor anew when one has ended. */
export function lookout<State>(actor: Omit<AnyAddress, 'node'>) {
  let seen: System | undefined;
  let hole: ReturnType<typeof peephole<State>>;
  return (system: System): Inside<State> | undefined => {
    const inside = system === seen ? hole?.() : undefined;
    if (inside !== undefined) return inside;
    seen = system;
    hole = peephole<State>(system, actor);
    return hole?.();
  };
}
