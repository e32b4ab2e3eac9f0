/**
 * The allocator without its surroundings: its handlers are called one after the other, what it would
 * send to itself is kept until its time has come, and what it sends to the master is collected. No
 * mailbox, no clock: what is measured is what its functions do on its state.
 */
import {
  ALLOCATOR_DEFAULTS,
  type AllocatorOptions,
  allocator,
} from '../../../actors/master/allocator/allocator.ts';
import type {
  Allocation,
  AllocatorMessage,
  FromAllocatorToMaster,
  FromMasterToAllocator,
} from '../../../actors/master/allocator/messages.ts';
import { type ShareRules, SORTERS } from '../../../actors/master/allocator/share-tree.ts';
import type { AllocatorState } from '../../../actors/master/allocator/state.ts';
import type { Filters } from '../../../actors/protocol/offer.ts';
import type { AnyAddress, Context, Tagged, TimerId } from '../../../runtime/actor.ts';
import { address } from '../../../runtime/address.ts';

export interface Stage {
  readonly state: AllocatorState;
  readonly tell: (message: FromMasterToAllocator) => void;
  /** What happens at the end of the interval, and the round that comes of it. */
  readonly round: () => readonly Allocation[];
  /** The round alone, if one is to come: what was told since is decided together. */
  readonly decide: () => readonly Allocation[];
  readonly giveBack: (allocations: readonly Allocation[], filters?: Filters) => void;
}

/** Both sorters: `drf` or `random`. */
export function sortedBy(sorter: string): ShareRules {
  const name = SORTERS.find((one) => one === sorter) ?? 'drf';
  return { roleSorter: name, frameworkSorter: name };
}

export function openStage(changes: Partial<AllocatorOptions> = {}): Stage {
  const master = address<FromAllocatorToMaster>('master', 'bench:1');
  const options: AllocatorOptions = { ...ALLOCATOR_DEFAULTS, ...changes, master };
  const random = chance();
  let nowMs = 0;
  let pending: AllocatorMessage[] = [];
  let made: Allocation[] = [];
  const context = {
    options,
    nowMs: () => nowMs,
    random,
    send(_to: AnyAddress, message: Tagged) {
      const said = message as FromAllocatorToMaster;
      if (said.type !== 'allocated') return;
      made = made.length === 0 ? [...said.allocations] : [...made, ...said.allocations];
    },
    sendSelfAfter(_delayMs: number, message: AllocatorMessage) {
      pending.push(message);
      return 0 as TimerId;
    },
    cancel() {},
    // What a round needs is here; the rest of a context is for what no case does.
  } as unknown as Context<AllocatorOptions, AllocatorMessage>;
  const state = allocator.initialState(options);
  allocator.started?.(state, context);

  function hear(message: AllocatorMessage): void {
    const handler = allocator.handlers[message.type] as (
      state: AllocatorState,
      message: AllocatorMessage,
      context: Context<AllocatorOptions, AllocatorMessage>,
    ) => void;
    handler(state, message, context);
  }

  function take(type: AllocatorMessage['type']): void {
    const due = pending.filter((message) => message.type === type);
    pending = pending.filter((message) => message.type !== type);
    for (const message of due) hear(message);
  }

  function decide(): readonly Allocation[] {
    nowMs += options.roundGapMs;
    take('allocate');
    const taken = made;
    made = [];
    return taken;
  }

  return {
    state,
    tell: hear,
    decide,
    round() {
      nowMs += options.allocationIntervalMs;
      take('intervalEnded');
      return decide();
    },
    giveBack(allocations, filters) {
      for (const { frameworkId, role, agentId, resources } of allocations) {
        const given = { frameworkId, role, agentId, resources };
        hear({ type: 'recoverResources', ...given, ...(filters === undefined ? {} : { filters }) });
      }
    },
  };
}

/** The same chance in each run: a linear congruential generator. */
export function chance(): () => number {
  let seed = 1;
  return () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return seed / 0x80000000;
  };
}
