/**
 * A log that only this process keeps, for a master with `--registry memory`: it speaks as a replica that
 * leads, agrees with itself at once, and forgets everything with the process.
 */
import type { LogReader } from '../../../consensus/log-reader.ts';
import { EMPTY_MEMBERSHIP } from '../../../consensus/membership.ts';
import { MemoryLog } from '../../../consensus/memory-log.ts';
import type { ReplicaMessage, ReplicaNews } from '../../../consensus/replica-messages.ts';
import { replicaName } from '../../../consensus/replica-state.ts';
import { type Address, type Context, defineActor } from '../../../runtime/actor.ts';
import type { LogMachine } from './log-machine.ts';

type Asked = Extract<ReplicaMessage, { readonly type: 'propose' | 'read' }>;

interface MemoryReplicaOptions {
  readonly group: string;
  readonly machine: LogMachine;
  readonly log: MemoryLog;
  readonly owner: Address<ReplicaNews>;
}

/** Entries that were given up stay until there are so many of them. */
const GIVEN_UP_COUNT = 64;
const TERM = 1;
const MEMBER_ID = 1;

const memoryReplica = defineActor<MemoryReplicaOptions, undefined, Asked>({
  name: 'memory-replica',
  initialState: () => undefined,
  started(_, context) {
    const { owner, group } = context.options;
    const leader = { memberId: MEMBER_ID, address: context.self.node };
    context.send(owner, { type: 'roleChanged', group, role: 'leader', term: TERM, leader });
  },
  handlers: {
    propose(_, { data, number, replyTo }, context) {
      const { log, machine, owner, group } = context.options;
      const index = log.lastIndex() + 1;
      log.append([{ kind: 'operation', index, term: TERM, data }]);
      const answer = machine.apply({ index, term: TERM, data });
      const given = machine.keptFrom() - 1;
      if (given - log.firstIndex() >= GIVEN_UP_COUNT) {
        log.setSnapshotMark({ index: given, term: TERM, membership: EMPTY_MEMBERSHIP });
        log.compactThrough(given);
      }
      const outcome = { outcome: 'applied', index, answer } as const;
      context.send(replyTo, { type: 'proposed', number, outcome });
      context.send(owner, { type: 'applied', group, index });
    },

    read(_, { number, replyTo }, context) {
      context.send(replyTo, { type: 'readable', number });
    },
  },
});

export function startMemoryReplica(
  machine: LogMachine,
  group: string,
  context: Pick<Context<never, never>, 'spawn' | 'link'> & { readonly self: Address<ReplicaNews> },
): { readonly reader: LogReader; readonly address: Address<ReplicaMessage> } {
  const log = new MemoryLog();
  const options = { group, machine, log, owner: context.self };
  const settings = { name: replicaName(group), onCrash: 'stop' } as const;
  const address = context.spawn(memoryReplica, options, settings) as Address<ReplicaMessage>;
  context.link(address);
  return { reader: log, address };
}
