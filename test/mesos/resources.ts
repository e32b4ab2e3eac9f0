/**
 * What schedulers and operators do with resources, as texts: what is reserved for a role, volumes, the
 * operations of an ACCEPT and what is heard of them, the calls of v1 and the endpoints before it.
 */
import { equal, ok } from 'node:assert/strict';
import type { Reservation } from '../../actors/protocol/resource-kinds.ts';
import type { ResourceOperation } from '../../actors/protocol/resource-operations.ts';
import { pushReservation } from '../../actors/protocol/resource-selection.ts';
import {
  formatResources,
  parseResources,
  type Resource,
  type Resources,
  type ScalarResource,
} from '../../actors/protocol/resources.ts';
import { jsonTextOf } from '../../actors/protocol/v1/codec.ts';
import type { V1, V1Enum } from '../../actors/protocol/v1/dictionary.ts';
import { fromResourceOperation } from '../../actors/protocol/v1/from-nouns/operations.ts';
import { Report } from '../../actors/protocol/v1/reading.ts';
import { toResources } from '../../actors/protocol/v1/to-nouns/resources.ts';
import type { HttpCluster } from '../kit/http-cluster.ts';
import type { Answered } from '../kit/http-routes.ts';
import {
  type ClientOptions,
  type SchedulerClient,
  subscribeClient,
} from '../kit/scheduler-client.ts';
import { AWARE, type Encoding, operate } from './stage.ts';

export const ROLE = 'role';

/** A framework that may have whatever there is. */
export function subscribeFor(
  cluster: HttpCluster,
  roles: readonly string[] = [ROLE],
  { info, ...options }: ClientOptions = {},
): Promise<SchedulerClient> {
  const types = ['MULTI_ROLE', 'RESERVATION_REFINEMENT', 'SHARED_RESOURCES'] as const;
  const capabilities = [...(AWARE.capabilities ?? []), ...types.map((type) => ({ type }))];
  return subscribeClient(cluster, { ...options, info: { ...AWARE, roles, capabilities, ...info } });
}

/** Dynamically; each role on top of the one before. */
export function reserved(
  text: string,
  ...by: readonly (string | Partial<Reservation>)[]
): Resources {
  return (by.length === 0 ? [ROLE] : by).reduce<Resources>((resources, one) => {
    const said = typeof one === 'string' ? { role: one } : one;
    return pushReservation(resources, { type: 'dynamic', role: ROLE, ...said });
  }, parseResources(text));
}

/** On disk that is reserved: `made` of it, with an id, found at `data`. */
export function volume(
  space: Resources,
  {
    id = 'id',
    shared = false,
    principal,
  }: { id?: string; shared?: boolean; principal?: string } = {},
): ScalarResource {
  const [disk] = space;
  ok(disk?.type === 'scalar');
  const persistence = { id, ...(principal !== undefined && { principal }) };
  return {
    ...disk,
    disk: { ...disk.disk, persistence, volume: { containerPath: 'data', mode: 'rw' } },
    ...(shared && { shared: true }),
  };
}

/** As people read them. */
export function shown(list: readonly V1<'Resource'>[] = []): string {
  return formatResources(toResources(list, new Report(), ''));
}

/** All that is in an offer and reserved. */
export function reservedIn({ resources = [] }: V1<'Offer'>): string {
  return shown(resources.filter(({ reservations = [] }) => reservations.length > 0));
}

export const text = (...resources: readonly Resource[]) => formatResources(resources);

/** As an operation of an ACCEPT. @param id feedback is asked for by it */
export function operation(change: ResourceOperation, id?: string): V1<'Offer.Operation'> {
  return { ...fromResourceOperation(change), ...(id !== undefined && { id: { value: id } }) };
}

/** @returns the first offer that comes then */
export async function answer(
  client: SchedulerClient,
  offer: V1<'Offer'>,
  operations: readonly V1<'Offer.Operation'>[],
): Promise<V1<'Offer'>> {
  const seen = client.all('OFFERS').length;
  await accept(client, offer, operations);
  return client.offer(seen);
}

export function accept(
  client: SchedulerClient,
  offer: V1<'Offer'>,
  operations: readonly V1<'Offer.Operation'>[],
  refuse_seconds = 0,
): Promise<void> {
  return client.accepted({
    type: 'ACCEPT',
    accept: { offer_ids: [offer.id], operations, filters: { refuse_seconds } },
  });
}

/** All that was heard of operations. */
export function heardOf(client: SchedulerClient): readonly V1<'OperationStatus'>[] {
  return client
    .all('UPDATE_OPERATION_STATUS')
    .flatMap(({ update_operation_status }) => update_operation_status?.status ?? []);
}

/** The next thing heard of an operation. @param from of all that was heard */
export async function untilOperation(
  { world }: HttpCluster,
  client: SchedulerClient,
  id: string,
  from = 0,
): Promise<V1<'OperationStatus'>> {
  const found = () =>
    heardOf(client)
      .slice(from)
      .find(({ operation_id }) => operation_id?.value === id);
  await world.runUntil(() => found() !== undefined, 120_000);
  const status = found();
  ok(status !== undefined);
  return status;
}

export function acknowledge(client: SchedulerClient, status: V1<'OperationStatus'>): Promise<void> {
  const { agent_id, operation_id, uuid } = status;
  ok(agent_id !== undefined && operation_id !== undefined && uuid !== undefined);
  return client.accepted({
    type: 'ACKNOWLEDGE_OPERATION_STATUS',
    acknowledge_operation_status: { agent_id, operation_id, uuid: uuid.value },
  });
}

/** Asks what has become of operations; of none in particular: of all. @returns the states */
export async function reconcileOperations(
  { world }: HttpCluster,
  client: SchedulerClient,
  asked: readonly (readonly [id: string, agentId?: string])[] = [],
): Promise<readonly (readonly [string | undefined, V1Enum<'OperationState'> | undefined])[]> {
  const seen = heardOf(client).length;
  const operations = asked.map(([id, agentId]) => ({
    operation_id: { value: id },
    ...(agentId !== undefined && { agent_id: { value: agentId } }),
  }));
  await client.accepted({ type: 'RECONCILE_OPERATIONS', reconcile_operations: { operations } });
  await world.runFor(20);
  return heardOf(client)
    .slice(seen)
    .filter(({ uuid }) => uuid === undefined)
    .map(({ operation_id, state }) => [operation_id?.value, state] as const);
}

const CALLS = {
  reserve: ['RESERVE_RESOURCES', '/reserve'],
  unreserve: ['UNRESERVE_RESOURCES', '/unreserve'],
  createVolumes: ['CREATE_VOLUMES', '/create-volumes'],
  destroyVolumes: ['DESTROY_VOLUMES', '/destroy-volumes'],
  growVolume: ['GROW_VOLUME', undefined],
  shrinkVolume: ['SHRINK_VOLUME', undefined],
} as const;

interface Ordering {
  /** Default: by the endpoint of the time before v1. */
  readonly encoding?: Encoding;
  readonly principal?: string;
}

/** An operator asks for it. */
export async function order(
  cluster: HttpCluster,
  agentId: string,
  change: ResourceOperation,
  { encoding, principal }: Ordering = {},
): Promise<Answered> {
  const [type, path] = CALLS[change.type];
  const asked = fromResourceOperation(change);
  const part = Object.entries(JSON.parse(jsonTextOf('Offer.Operation', asked)) as object)
    .filter(([name]) => name !== 'type')
    .map(([, value]) => value as Record<string, unknown>)[0];
  ok(part !== undefined);
  if (encoding !== undefined) {
    const call = { type, [type.toLowerCase()]: { agent_id: { value: agentId }, ...part } };
    return operate(cluster, call, { encoding, ...(principal !== undefined && { principal }) });
  }
  ok(path !== undefined, `${type} has no old endpoint`);
  const form = new URLSearchParams({ slaveId: agentId });
  for (const [name, value] of Object.entries(part)) form.set(name, JSON.stringify(value));
  return post(cluster, path, form.toString(), principal);
}

export function post(
  { world, ask }: HttpCluster,
  path: string,
  body: string,
  principal?: string,
): Promise<Answered> {
  const who = principal === undefined ? {} : { principal: { value: principal, claims: {} } };
  return world.settle(ask()('POST', `/master${path}`, { body, ...who }));
}

/** It is taken: 202. */
export async function ordered(
  cluster: HttpCluster,
  agentId: string,
  change: ResourceOperation,
  ordering: Ordering = {},
): Promise<void> {
  const { status, text: said } = await order(cluster, agentId, change, ordering);
  equal(status, 202, said);
  equal(said, '');
  // The agent carries it out.
  await cluster.world.runFor(100);
}

/** Of the first agent: its id, and what it has that is reserved. */
export async function agentShown(cluster: HttpCluster): Promise<{ id: string; reserved: string }> {
  await cluster.world.runFor(600);
  const { slaves } = await cluster.get<{ slaves: readonly SlaveShown[] }>('/slaves');
  const [slave] = slaves;
  ok(slave !== undefined, 'an agent is registered');
  const all = Object.values(slave.reserved_resources_full).flat();
  return { id: slave.id, reserved: shown(all) };
}

interface SlaveShown {
  readonly id: string;
  readonly reserved_resources_full: Readonly<Record<string, readonly V1<'Resource'>[]>>;
}
