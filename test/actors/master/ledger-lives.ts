/**
 * Random lives of a small cluster, for the rule of the ledger: agents and schedulers come, break, come
 * back and end; offers are used, declined, forgotten; messages are late. After each event the books of
 * master and allocator are compared, and at the end everything has to be back.
 */
import type {
  AgentId,
  ExecutorId,
  FrameworkId,
  TaskId,
  UpdateId,
} from '../../../actors/protocol/ids.ts';
import type { AgentMessage, SchedulerMessage } from '../../../actors/protocol/messages.ts';
import type { Offer } from '../../../actors/protocol/offer.ts';
import {
  equalResources,
  isEmpty,
  minus,
  plus,
  type Resource,
  type Resources,
} from '../../../actors/protocol/resources.ts';
import {
  type ExecutorInfo,
  isTerminal,
  type Task,
  type TaskInfo,
  type TaskState,
} from '../../../actors/protocol/task.ts';
import { address } from '../../../runtime/address.ts';
import { seededRandom } from '../../kit/random.ts';
import { playedAllocator } from './played-allocator.ts';
import { agentInfo, frameworkInfo, scene, taskInfo } from './scene.ts';

const AGENT_COUNT = 3;
const FRAMEWORK_COUNT = 3;
const ALL = 'cpus:8;ports:[1000-1099]';
const ENDS: readonly TaskState[] = ['finished', 'failed', 'killed'];

interface AgentLife {
  readonly node: string;
  incarnation: number;
  agentId: AgentId | undefined;
  connected: boolean;
  readonly tasks: Map<string, { task: Task; readonly executor: ExecutorInfo | undefined }>;
  readonly executors: Map<string, { frameworkId: FrameworkId; info: ExecutorInfo; role: string }>;
}

interface FrameworkLife {
  readonly node: string;
  readonly partitionAware: boolean;
  incarnation: number;
  frameworkId: FrameworkId | undefined;
  offers: Offer[];
  readonly updates: { agentId: AgentId; taskId: TaskId; updateId: UpdateId }[];
}

/** @returns what was not given back in the end */
export function liveThrough(seed: number, stepCount: number): string[] {
  const random = seededRandom(seed);
  /** Some lives are quiet, others are not. */
  const trouble = random.between(0, 0.1);
  const stage = scene({
    registrarAnswers: false,
    settings: { agentReregisterTimeoutMs: 60_000, offerTimeoutMs: 30_000, pingMissCountMax: 2 },
  });
  const allocator = playedAllocator();
  let serial = 0;
  const agents: AgentLife[] = Array.from({ length: AGENT_COUNT }, (_, index) => ({
    node: `agent${index}:5051`,
    incarnation: 1,
    agentId: undefined,
    connected: false,
    tasks: new Map(),
    executors: new Map(),
  }));
  const frameworks: FrameworkLife[] = Array.from({ length: FRAMEWORK_COUNT }, (_, index) => ({
    node: `framework${index}:1`,
    partitionAware: index > 0,
    incarnation: 1,
    frameworkId: undefined,
    offers: [],
    updates: [],
  }));

  const agentAddress = ({ node, incarnation }: AgentLife) =>
    address<AgentMessage>('agent', node, incarnation);
  const schedulerAddress = ({ node, incarnation }: FrameworkLife) =>
    address<SchedulerMessage>('scheduler', node, incarnation);

  /** Part of it, never a bit of a bit. */
  function part(resources: Resources, die: number): Resources {
    return resources.flatMap((resource): Resource[] => {
      if (resource.type === 'scalar') {
        const milli = Math.ceil((resource.milli * (1 + (die % 4))) / 4);
        return [{ ...resource, milli }];
      }
      if (resource.type === 'ranges') return die % 3 === 0 ? [] : [resource];
      return [];
    });
  }

  function compareBooks(): void {
    for (const message of stage.heard(stage.toAllocator)) allocator.hear(message);
    for (const [agentId, { used, offered, epoch }] of stage.state.agents.registered) {
      let booked = plus(used, offered);
      for (const { agentId: of, agentEpoch, resources } of allocator.underway) {
        if (of === agentId && agentEpoch === epoch) booked = plus(booked, resources);
      }
      if (!equalResources(booked, allocator.allocatedOn(agentId))) {
        throw new Error(`Master and allocator disagree about ${agentId}`);
      }
    }
  }

  function listenAgent(agent: AgentLife): void {
    for (const message of stage.heard(agentAddress(agent))) {
      switch (message.type) {
        case 'agentRegistered':
        case 'agentReregistered':
          agent.agentId = message.agentId;
          agent.connected = true;
          if (message.type === 'agentReregistered') {
            for (const { frameworkId, taskId } of message.unknownTasks) {
              if (!agent.tasks.has(`${frameworkId} ${taskId}`)) {
                report(agent, { ...lostTask(agent, frameworkId, taskId), state: 'dropped' });
              }
            }
          }
          break;
        case 'ping':
          stage.say(agentAddress(agent), { type: 'pong', agentId: message.agentId });
          break;
        case 'runTask': {
          const { frameworkId, task: info, role = '*' } = message;
          const { executor } = info;
          const key = `${frameworkId} ${executor?.executorId}`;
          if (executor !== undefined && message.launchExecutor === true) {
            agent.executors.set(key, { frameworkId, info: executor, role });
          }
          const task: Task = {
            taskId: info.taskId,
            frameworkId,
            agentId: info.agentId,
            role,
            ...(executor === undefined ? {} : { executorId: executor.executorId }),
            name: info.name,
            resources: info.resources,
            state: 'running',
            statuses: [],
          };
          if (executor !== undefined && !agent.executors.has(key)) {
            report(agent, { ...task, state: 'dropped' });
          } else {
            agent.tasks.set(`${frameworkId} ${info.taskId}`, { task, executor });
          }
          break;
        }
        case 'shutdownFramework':
          for (const [key, { task }] of agent.tasks) {
            if (task.frameworkId === message.frameworkId) agent.tasks.delete(key);
          }
          for (const [key, { frameworkId }] of agent.executors) {
            if (frameworkId === message.frameworkId) agent.executors.delete(key);
          }
          break;
        case 'acknowledgeUpdate': {
          const key = `${message.frameworkId} ${message.taskId}`;
          const found = agent.tasks.get(key);
          if (found?.task.updateId === message.updateId && isTerminal(found.task.state)) {
            agent.tasks.delete(key);
          }
          break;
        }
        case 'confirmTasks':
          for (const { frameworkId, executorId } of message.executors ?? []) {
            if (!agent.executors.has(`${frameworkId} ${executorId}`)) {
              exited(agent, frameworkId, executorId);
            }
          }
      }
    }
  }

  function listenFramework(framework: FrameworkLife): void {
    for (const message of stage.heard(schedulerAddress(framework))) {
      switch (message.type) {
        case 'subscribed':
          framework.frameworkId = message.frameworkId;
          break;
        case 'subscriptionEnded':
          framework.frameworkId = undefined;
          framework.incarnation++;
          framework.offers = [];
          break;
        case 'offersMade':
          framework.offers.push(...message.offers);
          break;
        case 'offerRescinded':
          framework.offers = framework.offers.filter(({ offerId }) => offerId !== message.offerId);
          break;
        case 'taskUpdated': {
          const { id: updateId, status } = message.update;
          if (updateId !== undefined && status.agentId !== undefined) {
            const { agentId, taskId } = status;
            framework.updates.push({ agentId, taskId, updateId });
          }
        }
      }
    }
  }

  function lostTask(agent: AgentLife, frameworkId: FrameworkId, taskId: TaskId): Task {
    const agentId = agent.agentId ?? ('' as AgentId);
    const rest = { name: taskId, resources: [], state: 'lost', statuses: [] } as const;
    return { taskId, frameworkId, agentId, ...rest };
  }

  function report(agent: AgentLife, task: Task): void {
    const { agentId } = agent;
    if (agentId === undefined) return;
    const { frameworkId, taskId, state } = task;
    const id = task.updateId ?? (`update-${++serial}` as UpdateId);
    const at = agentAddress(agent);
    const status = { taskId, agentId, state, source: 'agent', timestampMs: 0 } as const;
    stage.say(at, {
      type: 'statusUpdate',
      agentId,
      agent: at,
      update: { id, frameworkId, status },
      latestState: state,
    });
  }

  function exited(agent: AgentLife, frameworkId: FrameworkId, executorId: ExecutorId): void {
    const { agentId } = agent;
    if (agentId === undefined) return;
    const message = { agentId, frameworkId, executorId, status: 0 };
    stage.say(agentAddress(agent), { type: 'executorExited', ...message });
  }

  function register(agent: AgentLife, resources = ALL): void {
    const at = agentAddress(agent);
    const info = agentInfo(agent.node, resources);
    const { agentId } = agent;
    if (agentId === undefined) {
      stage.say(at, { type: 'registerAgent', agent: at, info });
      return;
    }
    const tasks = [...agent.tasks.values()].map(({ task }) => task);
    const executors = [...agent.executors.values()];
    const ids = new Set([...tasks, ...executors].map(({ frameworkId }) => frameworkId));
    const reported = [...ids].map((frameworkId) => ({
      frameworkId,
      info: frameworkInfo('reported', { roles: ['*', 'r'] }),
    }));
    const what = { frameworks: reported, executors, tasks };
    stage.say(at, { type: 'reregisterAgent', agent: at, agentId, info, ...what });
  }

  function subscribe(framework: FrameworkLife, failoverTimeoutMs: number): void {
    const at = schedulerAddress(framework);
    const { frameworkId, partitionAware } = framework;
    const capabilities = partitionAware ? (['partitionAware'] as const) : [];
    const info = frameworkInfo(framework.node, {
      roles: ['*', 'r'],
      failoverTimeoutMs,
      capabilities,
    });
    const id = frameworkId === undefined ? {} : { frameworkId };
    const message = { type: 'subscribe', scheduler: at, info, suppressedRoles: [] } as const;
    stage.say(at, { ...message, ...id });
  }

  function accept(framework: FrameworkLife, die: number): void {
    const { frameworkId } = framework;
    const [offer] = framework.offers;
    if (offer === undefined || frameworkId === undefined) return;
    // Now and then an accept is heard twice, or of an offer that is no longer ours.
    if (die % 5 !== 0) framework.offers.shift();
    const tasks: TaskInfo[] = [];
    let left = offer.resources;
    for (let count = die % 4; count > 0; count--) {
      const resources = part(left, die >> count);
      left = minus(left, resources);
      const executor = die % 3 === 0 ? { executor: executorInfo(die) } : {};
      const id = die % 11 === 0 ? 'again' : `task-${++serial}`;
      tasks.push({ ...taskInfo(id, offer, 'cpus:1', executor), resources });
    }
    stage.say(schedulerAddress(framework), {
      type: 'accept',
      frameworkId,
      offerIds: [offer.offerId],
      operations: [{ type: 'launch', tasks }],
      filters: { refuseMs: die % 3 },
    });
  }

  type Event = (die: number, agent: AgentLife, framework: FrameworkLife) => void;

  const usual: readonly Event[] = [
    handOut,
    handOut,
    handOut,
    hearOfAllocations,
    hearOfAllocations,
    (die, _agent, framework) => accept(framework, die),
    (die, _agent, framework) => accept(framework, die),
    (die, _agent, framework) => accept(framework, die),
    (_die, _agent, framework) => decline(framework),
    (die, agent) => progress(agent, die),
    (die, agent) => progress(agent, die),
    (die, agent) => progress(agent, die),
    (_die, _agent, framework) => acknowledge(framework),
    (_die, _agent, framework) => acknowledge(framework),
    (_die, agent) => endExecutor(agent),
    (_die, agent) => listenAgent(agent),
    (_die, agent) => listenAgent(agent),
    (_die, agent) => listenAgent(agent),
    (_die, _agent, framework) => listenFramework(framework),
    (_die, _agent, framework) => listenFramework(framework),
    (_die, _agent, framework) => listenFramework(framework),
    () => stage.answerRegistrar(),
    () => stage.answerRegistrar(),
    () => stage.advance(1000),
  ];

  const troubles: readonly Event[] = [
    (_die, agent) => register(agent),
    (_die, agent) => register(agent),
    (die, agent) => register(agent, die % 2 === 0 ? ALL : 'cpus:2'),
    (die, _agent, framework) => subscribe(framework, die % 2 === 0 ? 20_000 : 0),
    (die, _agent, framework) => subscribe(framework, die % 2 === 0 ? 20_000 : 0),
    (_die, agent) => stage.breakLink({ address: agentAddress(agent) }),
    (_die, _agent, framework) => stage.breakLink({ address: schedulerAddress(framework) }),
    (die) => stage.advance((die % 8) * 5000),
    // Another scheduler takes over.
    (_die, _agent, framework) => {
      framework.incarnation++;
      framework.offers = [];
      subscribe(framework, 20_000);
    },
    // The agent starts anew: with what it had, or with nothing.
    (die, agent) => {
      stage.breakLink({ address: agentAddress(agent) });
      agent.incarnation++;
      if (die % 3 === 0) startEmpty(agent);
      register(agent);
    },
    (_die, agent) => {
      const { agentId } = agent;
      if (agentId === undefined) return;
      stage.say(agentAddress(agent), { type: 'unregisterAgent', agentId });
      agent.incarnation++;
      startEmpty(agent);
      register(agent);
    },
    (_die, _agent, framework) => {
      const { frameworkId } = framework;
      if (frameworkId === undefined) return;
      stage.say(schedulerAddress(framework), { type: 'teardown', frameworkId });
      framework.frameworkId = undefined;
      framework.incarnation++;
      framework.offers = [];
      subscribe(framework, 20_000);
    },
  ];

  function startEmpty(agent: AgentLife): void {
    agent.agentId = undefined;
    agent.tasks.clear();
    agent.executors.clear();
  }

  function decline(framework: FrameworkLife): void {
    const { frameworkId } = framework;
    const [offer] = framework.offers;
    if (offer === undefined || frameworkId === undefined) return;
    const offerIds = [offer.offerId, offer.offerId];
    const filters = { refuseMs: 5000 };
    stage.say(schedulerAddress(framework), { type: 'decline', frameworkId, offerIds, filters });
  }

  function handOut(die: number, agent: AgentLife, framework: FrameworkLife): void {
    const { agentId } = agent;
    const { frameworkId } = framework;
    if (agentId === undefined || frameworkId === undefined) return;
    allocator.handOut(agentId, frameworkId, die, (free) => part(free, die));
  }

  function hearOfAllocations(): void {
    const allocations = allocator.underway.splice(0);
    if (allocations.length > 0) stage.say(undefined, { type: 'allocated', allocations });
  }

  function progress(agent: AgentLife, die: number): void {
    const records = [...agent.tasks.values()];
    const record = records[die % Math.max(1, records.length)];
    if (record === undefined) return;
    if (!isTerminal(record.task.state)) {
      const state = die % 2 === 0 ? 'running' : (ENDS[die % ENDS.length] ?? 'finished');
      record.task = { ...record.task, state, updateId: `update-${++serial}` as UpdateId };
    }
    report(agent, record.task);
  }

  function acknowledge(framework: FrameworkLife): void {
    const { frameworkId } = framework;
    const update = framework.updates.shift();
    if (frameworkId === undefined || update === undefined) return;
    stage.say(schedulerAddress(framework), { type: 'acknowledge', frameworkId, ...update });
  }

  function endExecutor(agent: AgentLife): void {
    for (const [key, { frameworkId, info }] of agent.executors) {
      const busy = [...agent.tasks.values()].some(
        ({ task }) => task.frameworkId === frameworkId && task.executorId === info.executorId,
      );
      if (busy) continue;
      agent.executors.delete(key);
      exited(agent, frameworkId, info.executorId);
      return;
    }
  }

  function settle(): void {
    for (let round = 0; round < 20; round++) {
      stage.answerRegistrar();
      for (const agent of agents) {
        listenAgent(agent);
        register(agent);
        stage.answerRegistrar();
        listenAgent(agent);
        for (const record of agent.tasks.values()) {
          if (!isTerminal(record.task.state)) {
            const updateId = `update-${++serial}` as UpdateId;
            record.task = { ...record.task, state: 'finished', updateId };
          }
          report(agent, record.task);
        }
        listenAgent(agent);
        for (let count = agent.executors.size; count > 0; count--) endExecutor(agent);
      }
      hearOfAllocations();
      for (const framework of frameworks) {
        listenFramework(framework);
        subscribe(framework, 0);
        listenFramework(framework);
        while (framework.updates.length > 0) acknowledge(framework);
        const { frameworkId, offers } = framework;
        if (frameworkId === undefined) continue;
        const offerIds = offers.splice(0).map(({ offerId }) => offerId);
        const filters = { refuseMs: 0 };
        stage.say(schedulerAddress(framework), { type: 'decline', frameworkId, offerIds, filters });
      }
      stage.advance(15_000);
      compareBooks();
    }
  }

  function executorInfo(die: number): ExecutorInfo {
    const command = { shell: true, value: 'true', arguments: [], environment: [] };
    const resources: Resources = [{ name: 'cpus', type: 'scalar', milli: 100 }];
    return { executorId: `e${die % 2}` as ExecutorId, name: 'e', command, resources };
  }

  for (const agent of agents) register(agent);
  for (const framework of frameworks) subscribe(framework, 20_000);
  for (let step = 0; step < stepCount; step++) {
    const event = random.pick(random.chance(trouble) ? troubles : usual);
    event(random.integer(1000), random.pick(agents), random.pick(frameworks));
    compareBooks();
  }
  settle();
  const kept: string[] = [];
  for (const agentId of allocator.agents.keys()) {
    if (!isEmpty(allocator.allocatedOn(agentId))) kept.push(agentId);
  }
  for (const { tasks, offers } of stage.state.frameworks.values()) {
    for (const taskId of tasks.keys()) kept.push(taskId);
    for (const { offer } of offers) kept.push(offer.offerId);
  }
  return kept;
}
