/** The first operation of every leader: with it, it knows all that those before it have kept. */
import type { Leader } from './leader.ts';
import { MUTATED, type OperationHandlers } from './registry.ts';

export type LeaderOperation =
  /** From the store, when it lets one lead. Refused when there was an epoch as great already. */
  { readonly type: 'recover'; readonly leader: Leader };

export const leaderOperations: OperationHandlers<LeaderOperation> = {
  recover(registry, { leader }) {
    const epoch = registry.leader?.epoch;
    if (epoch !== undefined && leader.epoch <= epoch) {
      const refused = `Cannot begin epoch ${leader.epoch}: epoch ${epoch} has begun already`;
      return { refused };
    }
    registry.leader = leader;
    return MUTATED;
  },
};
