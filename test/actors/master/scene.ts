/**
 * A master alone, with registrar, agents, schedulers and allocator played by the test: who says what
 * to the master, and what each of them heard from it since it was last asked.
 */
import { ALLOCATOR_DEFAULTS } from '../../../actors/master/allocator/allocator.ts';
import type { FromMasterToAllocator } from '../../../actors/master/allocator/messages.ts';
import { invariants } from '../../../actors/master/invariants.ts';
import { master } from '../../../actors/master/master.ts';
import type { MasterInbox } from '../../../actors/master/messages.ts';
import {
  MASTER_DEFAULTS,
  type MasterOptions,
  type MasterSettings,
} from '../../../actors/master/options.ts';
import type { RegistrarMessage } from '../../../actors/master/registrar.ts';
import { applyToRegistry, refusalOf } from '../../../actors/master/registry/operations.ts';
import { copyRegistry, emptyRegistry } from '../../../actors/master/registry/registry.ts';
import type { RegistryStoreMessage } from '../../../actors/master/registry/store.ts';
import type { AgentInfo } from '../../../actors/protocol/agent.ts';
import type { FrameworkInfo } from '../../../actors/protocol/framework.ts';
import type { AgentId, FrameworkId, TaskId, UpdateId } from '../../../actors/protocol/ids.ts';
import type { AgentMessage, SchedulerMessage } from '../../../actors/protocol/messages.ts';
import type { Offer } from '../../../actors/protocol/offer.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import type { Resources } from '../../../actors/protocol/resources.ts';
import type { StatusUpdate, TaskInfo, TaskState } from '../../../actors/protocol/task.ts';
import type { Address, AnyAddress, Tagged } from '../../../runtime/actor.ts';
import { address, sameAddress } from '../../../runtime/address.ts';
import { probe } from '../../kit/probe.ts';

export interface SceneOptions extends Partial<Omit<MasterOptions, 'settings'>> {
  readonly settings?: Partial<MasterSettings>;
  /** False: the test answers the registrar's questions itself, by `answerRegistrar`. */
  readonly registrarAnswers?: boolean;
}

export interface PlayedAgent {
  readonly address: Address<AgentMessage>;
  readonly agentId: AgentId;
  readonly info: AgentInfo;
}

export interface PlayedFramework {
  readonly address: Address<SchedulerMessage>;
  readonly frameworkId: FrameworkId;
  readonly info: FrameworkInfo;
}

export function scene({ settings, registrarAnswers = true, ...options }: SceneOptions = {}) {
  const actor = probe(master, {
    masterId: 'm',
    epoch: 1,
    masters: [],
    askers: [],
    store: address<RegistryStoreMessage>('registry-store', 'm:1'),
    registry: emptyRegistry(),
    registryIsDurable: false,
    cluster: 'test',
    version: '0.0.0',
    allocator: ALLOCATOR_DEFAULTS,
    weights: [],
    ...options,
    settings: { ...MASTER_DEFAULTS, ...settings },
  });
  const registry = copyRegistry(options.registry ?? emptyRegistry());
  const toRegistrar = address<RegistrarMessage>('registrar', actor.self.node);
  const toAllocator = address<FromMasterToAllocator>('allocator', actor.self.node);
  const heardCounts = new Map<string, number>();
  let updateCount = 0;

  /** What `listener` was sent since the last call. */
  function heard<Message extends Tagged>(listener: Address<Message>): Message[] {
    const key = `${listener.name}@${listener.node}#${listener.incarnation}`;
    const all = actor.sentTo(listener).map(({ message }) => message);
    const from = heardCounts.get(key) ?? 0;
    heardCounts.set(key, all.length);
    return all.slice(from);
  }

  function answerRegistrar(): void {
    const asked = heard(toRegistrar).filter((message) => message.type === 'apply');
    for (const { operation } of asked) {
      const refused = refusalOf(applyToRegistry(registry, operation));
      const answer = { type: 'registryApplied', operation } as const;
      actor.receive(refused === undefined ? answer : { ...answer, refused });
    }
    // The master may have asked for more because of an answer.
    if (asked.length > 0) answerRegistrar();
  }

  function check(): void {
    const broken = invariants(actor.state);
    if (broken.length > 0) throw new Error(`Broken: ${broken.join('; ')}`);
  }

  function say(from: AnyAddress | undefined, message: MasterInbox): void {
    if (from === undefined) actor.receive(message);
    else actor.receiveFrom(from, message);
    if (registrarAnswers) answerRegistrar();
    check();
  }

  function advance(durationMs: number): void {
    actor.advance(durationMs);
    if (registrarAnswers) answerRegistrar();
    check();
  }

  /** One message of this type that `listener` heard since it was last asked. */
  function heardOne<Message extends Tagged, Type extends Message['type']>(
    listener: Address<Message>,
    type: Type,
  ): Extract<Message, { type: Type }> {
    const found = heard(listener).filter((message) => message.type === type);
    const [first] = found;
    if (first === undefined || found.length > 1) {
      throw new Error(`${listener.name} heard ${found.length} times "${type}"`);
    }
    return first as Extract<Message, { type: Type }>;
  }

  function registerAgent(node: string, resources = 'cpus:4;mem:1024', incarnation = 1) {
    const at = address<AgentMessage>('agent', node, incarnation);
    const info = agentInfo(node, resources);
    say(at, { type: 'registerAgent', agent: at, info });
    const { agentId } = heardOne(at, 'agentRegistered');
    return { address: at, agentId, info };
  }

  function subscribe(name: string, change: Partial<FrameworkInfo> = {}): PlayedFramework {
    const at = address<SchedulerMessage>('scheduler', `${name}:1`, 1);
    const info = frameworkInfo(name, change);
    say(at, { type: 'subscribe', scheduler: at, info, suppressedRoles: [] });
    const { frameworkId } = heardOne(at, 'subscribed');
    return { address: at, frameworkId, info };
  }

  /** As if the allocator had decided so. @returns the offers that the framework heard of */
  function allocate(
    framework: PlayedFramework,
    agent: PlayedAgent,
    resources: string | Resources,
    role = '*',
  ): readonly Offer[] {
    const { frameworkId } = framework;
    const { agentId } = agent;
    const agentEpoch = actor.state.agents.registered.get(agentId)?.epoch ?? 0;
    const allocation = { frameworkId, role, agentId, agentEpoch };
    heard(framework.address);
    say(toAllocator, {
      type: 'allocated',
      allocations: [{ ...allocation, resources: resourcesOf(resources) }],
    });
    return heard(framework.address).flatMap((message) =>
      message.type === 'offersMade' ? message.offers : [],
    );
  }

  function offer(
    framework: PlayedFramework,
    agent: PlayedAgent,
    resources: string | Resources,
    role = '*',
  ) {
    const [made] = allocate(framework, agent, resources, role);
    if (made === undefined) throw new Error('No offer was made');
    return made;
  }

  function accept(
    framework: PlayedFramework,
    offers: readonly Offer[],
    tasks: readonly TaskInfo[],
    refuseMs = 5000,
  ): void {
    say(framework.address, {
      type: 'accept',
      frameworkId: framework.frameworkId,
      offerIds: offers.map(({ offerId }) => offerId),
      operations: [{ type: 'launch', tasks }],
      filters: { refuseMs },
    });
  }

  /** Offered, accepted and running on the agent's side; not yet heard of. */
  function launch(
    framework: PlayedFramework,
    agent: PlayedAgent,
    id: string,
    resources = 'cpus:1',
  ) {
    const task = taskInfo(id, agent, resources);
    accept(framework, [offer(framework, agent, resources)], [task]);
    return task.taskId;
  }

  /** @returns the id of the update */
  function update(
    framework: PlayedFramework,
    agent: PlayedAgent,
    taskId: TaskId,
    state: TaskState,
    latestState = state,
  ): UpdateId {
    const id = `update-${++updateCount}` as UpdateId;
    const status = { taskId, state, source: 'executor', timestampMs: actor.nowMs() } as const;
    const { frameworkId } = framework;
    const update: StatusUpdate = {
      id,
      frameworkId,
      status: { ...status, agentId: agent.agentId },
    };
    say(agent.address, {
      type: 'statusUpdate',
      agentId: agent.agentId,
      agent: agent.address,
      update,
      latestState,
    });
    return id;
  }

  function acknowledge(
    framework: PlayedFramework,
    agent: PlayedAgent,
    taskId: TaskId,
    updateId: UpdateId,
  ): void {
    const { frameworkId } = framework;
    const { agentId } = agent;
    say(framework.address, { type: 'acknowledge', frameworkId, agentId, taskId, updateId });
  }

  function breakLink({ address: gone }: { readonly address: AnyAddress }): void {
    say(undefined, { type: 'exited', address: gone, reason: 'noConnection' });
  }

  /** What the scheduler heard of tasks since it was last asked, as `task state (reason)`. */
  function updates(framework: { readonly address: Address<SchedulerMessage> }): string[] {
    return heard(framework.address).flatMap((message) => {
      if (message.type !== 'taskUpdated') return [];
      const { taskId, state, reason } = message.update.status;
      return [`${taskId} ${state}${reason === undefined ? '' : ` (${reason})`}`];
    });
  }

  /** What was given back since it was last asked, as `resources` or `resources refused 5 s`. */
  function givenBack(): string[] {
    return heard(toAllocator).flatMap((message) => {
      if (message.type !== 'recoverResources') return [];
      const { resources, filters } = message;
      const refused = filters === undefined ? '' : ` refused ${filters.refuseMs} ms`;
      return [`${formatScalars(resources)}${refused}`];
    });
  }

  return {
    ...actor,
    registry,
    toAllocator,
    toRegistrar,
    answerRegistrar,
    heard,
    heardOne,
    say,
    advance,
    registerAgent,
    subscribe,
    allocate,
    offer,
    accept,
    launch,
    update,
    acknowledge,
    breakLink,
    updates,
    givenBack,
    linked: (other: AnyAddress) => actor.links.some((link) => sameAddress(link, other)),
  };
}

export type Scene = ReturnType<typeof scene>;

export function agentInfo(node: string, resources = 'cpus:4;mem:1024'): AgentInfo {
  const [hostname = '', port = ''] = node.split(':');
  const version = '0.0.0';
  return {
    hostname,
    port: Number(port),
    resources: parseResources(resources),
    attributes: [],
    version,
  };
}

export function frameworkInfo(name: string, change: Partial<FrameworkInfo> = {}): FrameworkInfo {
  return {
    name,
    user: 'somebody',
    roles: ['*'],
    failoverTimeoutMs: 0,
    capabilities: ['partitionAware'],
    ...change,
  };
}

export function taskInfo(
  id: string,
  agent: { readonly agentId: AgentId },
  resources = 'cpus:1',
  change: Partial<TaskInfo> = {},
): TaskInfo {
  const command = { shell: true, value: 'true', arguments: [], environment: [] };
  return {
    taskId: id as TaskId,
    name: id,
    agentId: agent.agentId,
    resources: parseResources(resources),
    ...(change.executor === undefined ? { command } : {}),
    ...change,
  };
}

function resourcesOf(resources: string | Resources): Resources {
  return typeof resources === 'string' ? parseResources(resources) : resources;
}

function formatScalars(resources: ReturnType<typeof parseResources>): string {
  return resources
    .map((resource) =>
      resource.type === 'scalar' ? `${resource.name}:${resource.milli / 1000}` : resource.name,
    )
    .join(';');
}
