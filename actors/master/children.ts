/** The two actors that the master starts and speaks to: the allocator and the registrar. */
import type { SpawnSettings } from '../../runtime/actor.ts';
import { assert } from '../../runtime/assert.ts';
import { allocator } from './allocator/allocator.ts';
import type { FromMasterToAllocator } from './allocator/messages.ts';
import type { MasterContext } from './messages.ts';
import { registrar } from './registrar.ts';
import type { RegistryOperation } from './registry/operations.ts';
import type { MasterState } from './state.ts';

/**
 * Each knows things that only make sense together with what the master knows: none of them goes
 * on without the others. What the master sends itself must not be lost, however busy they are.
 */
const SETTINGS: SpawnSettings = { onCrash: 'escalate', mailboxCountMax: 10_000_000 };

export function startChildren(state: MasterState, context: MasterContext): void {
  const { allocator: allocatorOptions, store, epoch, settings, reads, domain } = context.options;
  const counting = reads && { metrics: reads.metrics };
  const master = context.self;
  state.registrar = context.spawn(
    registrar,
    { master, store, epoch, storeTimeoutMs: settings.registryStoreTimeoutMs, ...counting },
    { ...SETTINGS, name: 'registrar' },
  );
  state.allocator = context.spawn(
    allocator,
    { ...allocatorOptions, master, ...counting, ...(domain && { region: domain.region }) },
    { ...SETTINGS, name: 'allocator' },
  );
}

export function tellAllocator(
  state: MasterState,
  message: FromMasterToAllocator,
  context: MasterContext,
): void {
  assert(state.allocator !== undefined, 'the allocator is there from the first turn on');
  context.send(state.allocator, message);
}

/** Answered by `registryApplied`. */
export function tellRegistrar(
  state: MasterState,
  operation: RegistryOperation,
  context: MasterContext,
): void {
  assert(state.registrar !== undefined, 'the registrar is there from the first turn on');
  context.send(state.registrar, { type: 'apply', operation });
}
