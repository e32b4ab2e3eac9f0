/** A host opens its directory and starts the replica on it. */
import { address } from '../runtime/address.ts';
import { CodedError, explainError } from '../runtime/errors.ts';
import type { DirectoryIdentity } from './directory-identity.ts';
import { HOST_NAME, type HostMessage } from './host-messages.ts';
import {
  type HostContext,
  type HostState,
  LOOK_INTERVAL_MS,
  MAINTAIN_INTERVAL_MS,
} from './host-state.ts';
import { openLogStorage } from './log-storage.ts';
import { replica } from './replica.ts';
import { REPLICA_DEFAULTS, replicaName } from './replica-state.ts';
import { ofDirectory } from './storage-errors.ts';

/** @returns false where it can't be opened: this actor ends then, and its owner is told why */
export function openStorage(
  state: HostState,
  identity: DirectoryIdentity,
  context: HostContext,
): boolean {
  const { disk, segmentBytes } = context.options;
  try {
    state.storage = openLogStorage({
      ...identity,
      disk,
      makes: true,
      ...(segmentBytes === undefined ? {} : { segmentBytes }),
      // Its replicas hear of it by their appends, and end.
      onFailed: () => {},
      onNearlyFull: (isNearlyFull) => {
        const where = `The disk of the log in "${disk.path}"`;
        if (isNearlyFull) context.log.error(`${where} is nearly full: nothing is written`);
        else context.log.info(`${where} has room again`);
      },
    });
  } catch (error) {
    giveUp(error, context);
    return false;
  }
  state.identity = identity;
  return true;
}

/** The directory can't be used: the owner is told why, and this actor ends. */
export function giveUp(thrown: unknown, context: HostContext): void {
  const error = ofDirectory(context.options.disk.path, thrown);
  const code = error instanceof CodedError ? { code: error.code } : {};
  const reason = explainError(error);
  context.send(context.options.owner, { type: 'hostSentAway', reason, ...code });
  context.stop();
}

export function startReplica(state: HostState, context: HostContext): void {
  const { identity, storage } = state;
  if (identity === undefined || storage === undefined) return;
  const { group, machine, timings, snapshotEntryCount } = context.options;
  state.replica = context.spawn(
    replica,
    {
      ...identity,
      group,
      machine,
      storage,
      owner: context.self,
      timings: timings ?? REPLICA_DEFAULTS.timings,
      snapshotEntryCount: snapshotEntryCount ?? REPLICA_DEFAULTS.snapshotEntryCount,
    },
    { name: replicaName(group), onCrash: 'escalate', mailboxCountMax: 1_000_000 },
  );
  // Escalation ends this actor; when it ends by itself, which it does when the disk fails, too.
  context.link(state.replica);
  greetOthers(state, context);
  context.sendSelfAfter(LOOK_INTERVAL_MS, { type: 'lookDue' });
  context.sendSelfAfter(MAINTAIN_INTERVAL_MS, { type: 'maintainDue' });
}

/** One that doesn't belong to them, or not any more, hears it from those of whom one leads. */
export function greetOthers(state: HostState, context: HostContext): void {
  const { identity, status } = state;
  const { nodes, node } = context.options;
  if (identity === undefined) return;
  state.greetedMs = context.nowMs();
  for (const other of new Set([...nodes, ...Object.values(status?.membership.addresses ?? {})])) {
    if (other === node) continue;
    context.send(address<HostMessage>(HOST_NAME, other), { type: 'greet', ...identity });
  }
}
