/** What a master knows of the registry in an etcd while it doesn't lead, and how old that is. */
import type { EtcdStoreHandlers } from './etcd-state.ts';
import { copyRegistry } from './registry.ts';

export const readingHandlers: EtcdStoreHandlers<'read'> = {
  read({ copy, seenMs, leaderSeenMs }, { readNumber, replyTo }, context) {
    const { registry, nextIndex } = copy;
    if (seenMs === undefined || registry.leader === undefined) {
      context.send(replyTo, { type: 'nothingToRead', readNumber });
      return;
    }
    const age = {
      term: registry.leader.epoch,
      appliedIndex: nextIndex - 1,
      leaderHeardMs: leaderSeenMs,
    };
    context.send(replyTo, {
      type: 'registryRead',
      readNumber,
      registry: copyRegistry(registry),
      age,
    });
  },
};
