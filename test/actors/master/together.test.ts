/** Master, allocator and registrar in one system; agents and schedulers are played on other nodes. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentId, FrameworkId, TaskId, UpdateId } from '../../../actors/protocol/ids.ts';
import type {
  AgentMessage,
  MasterMessage,
  SchedulerMessage,
} from '../../../actors/protocol/messages.ts';
import type { Offer } from '../../../actors/protocol/offer.ts';
import { formatResources } from '../../../actors/protocol/resource-text.ts';
import type { TaskState } from '../../../actors/protocol/task.ts';
import type { Address, AnyAddress, Tagged } from '../../../runtime/actor.ts';
import { address, sameAddress } from '../../../runtime/address.ts';
import { FakeCarrier } from '../../kit/fake-carrier.ts';
import { startLoneMaster } from '../../kit/lone-master.ts';
import { LONE_NODE, loneSystem } from '../../kit/lone-system.ts';
import { lookInside } from '../../kit/look-inside.ts';
import { agentInfo, frameworkInfo, taskInfo } from './scene.ts';

test('an agent is offered whole to the framework that has least', () => {
  const { addAgent, addFramework, offers } = together();
  const first = addFramework('f');
  const second = addFramework('g');
  addAgent('a:1', 'cpus:4;mem:512');
  addAgent('b:1', 'cpus:2;mem:512');
  const offered = [first, second].map((framework) =>
    offers(framework).map(({ resources }) => formatResources(resources)),
  );
  deepEqual(offered.flat().sort(), ['cpus:2;mem:512', 'cpus:4;mem:512']);
  deepEqual(
    offered.map(({ length }) => length),
    [1, 1],
  );
});

test('what an accept leaves over is offered again when its refusal has ended', () => {
  const { addAgent, addFramework, offers, accept, advance } = together();
  const framework = addFramework('f');
  const agent = addAgent('a:1', 'cpus:4;mem:512');
  accept(framework, offers(framework), [taskInfo('t', agent, 'cpus:1;mem:128')], 5000);
  advance(4900);
  deepEqual(offers(framework), []);
  advance(1200);
  deepEqual(
    offers(framework).map(({ resources }) => formatResources(resources)),
    ['cpus:3;mem:384'],
  );
});

test('what a task held is offered again when it has ended', () => {
  const { addAgent, addFramework, offers, accept, advance, end } = together();
  const framework = addFramework('f');
  const agent = addAgent('a:1', 'cpus:4;mem:512');
  accept(framework, offers(framework), [taskInfo('t', agent, 'cpus:4;mem:512')]);
  end(framework, agent, 't' as TaskId, 'finished');
  advance(100);
  deepEqual(
    offers(framework).map(({ resources }) => formatResources(resources)),
    ['cpus:4;mem:512'],
  );
});

test('a disconnected agent is not offered until it is back, and then whole but for its tasks', () => {
  const { addAgent, addFramework, offers, accept, advance, lose, say } = together();
  const framework = addFramework('f');
  const agent = addAgent('a:1', 'cpus:4;mem:512');
  const { frameworkId, info } = framework;
  const wish = taskInfo('t', agent, 'cpus:1;mem:128');
  accept(framework, offers(framework), [wish], 0);
  lose(agent.address.node);
  advance(10_000);
  deepEqual(offers(framework), []);
  const { taskId, name, resources, agentId } = wish;
  const task = { taskId, name, resources, agentId, frameworkId, state: 'running' } as const;
  say(agent.address, {
    type: 'reregisterAgent',
    agent: agent.address,
    agentId,
    info: agent.info,
    frameworks: [{ frameworkId, info }],
    executors: [],
    tasks: [{ ...task, statuses: [] }],
  });
  advance(100);
  deepEqual(
    offers(framework).map((offer) => formatResources(offer.resources)),
    ['cpus:3;mem:384'],
  );
});

test('when a framework ends, all that it had is offered to the others', () => {
  const { addAgent, addFramework, offers, accept, advance, say } = together();
  const first = addFramework('f');
  const agent = addAgent('a:1', 'cpus:4;mem:512');
  accept(first, offers(first), [taskInfo('t', agent, 'cpus:1;mem:128')], 0);
  advance(2000);
  const second = addFramework('g');
  say(first.address, { type: 'teardown', frameworkId: first.frameworkId });
  advance(2000);
  const offered = offers(second).map(({ resources }) => formatResources(resources));
  deepEqual(offered, ['cpus:4;mem:512']);
});

test('a master that is stopped takes allocator and registrar with it', () => {
  const { system, stop } = together();
  const names = () => ['allocator', 'registrar'].filter((name) => lookInside(system, { name }));
  equal(names().length, 2);
  stop();
  equal(names().length, 0);
});

interface Framework {
  readonly address: Address<SchedulerMessage>;
  readonly frameworkId: FrameworkId;
  readonly info: ReturnType<typeof frameworkInfo>;
}

interface Agent {
  readonly address: Address<AgentMessage>;
  readonly agentId: AgentId;
  readonly info: ReturnType<typeof agentInfo>;
}

function together() {
  const carrier = new FakeCarrier();
  const { system, run, advance } = loneSystem({ carrier });
  const started = startLoneMaster(system, {});
  run();
  const to = address<MasterMessage>('master', LONE_NODE);
  const heardCounts = new Map<string, number>();

  function say(from: AnyAddress, message: MasterMessage): void {
    carrier.deliverMessage(from.node, to, message, from);
    run();
  }

  function heard<Message extends Tagged>(listener: Address<Message>): Message[] {
    const all = carrier.sent.flatMap((signal) =>
      signal.kind === 'message' && sameAddress(signal.to, listener)
        ? [signal.message as unknown as Message]
        : [],
    );
    const from = heardCounts.get(listener.node) ?? 0;
    heardCounts.set(listener.node, all.length);
    return all.slice(from);
  }

  function addAgent(node: string, resources: string): Agent {
    const at = address<AgentMessage>('agent', node, 1);
    const info = agentInfo(node, resources);
    say(at, { type: 'registerAgent', agent: at, info });
    for (const message of heard(at)) {
      if (message.type !== 'agentRegistered') continue;
      advance(10);
      return { address: at, agentId: message.agentId, info };
    }
    throw new Error(`Agent ${node} was not registered`);
  }

  function addFramework(name: string): Framework {
    const at = address<SchedulerMessage>('scheduler', `${name}:1`, 1);
    const info = frameworkInfo(name);
    say(at, { type: 'subscribe', scheduler: at, info, suppressedRoles: [] });
    for (const message of heard(at)) {
      if (message.type === 'subscribed') {
        return { address: at, frameworkId: message.frameworkId, info };
      }
    }
    throw new Error(`Framework ${name} was not subscribed`);
  }

  return {
    system,
    run,
    advance,
    say,
    addAgent,
    addFramework,
    stop() {
      system.stop(started);
      run();
    },
    lose(node: string) {
      carrier.lose(node);
      run();
    },
    /** Those it heard of since it was last asked. */
    offers: ({ address: at }: Framework): Offer[] =>
      heard(at).flatMap((message) => (message.type === 'offersMade' ? message.offers : [])),
    accept(
      { address: at, frameworkId }: Framework,
      offers: readonly Offer[],
      tasks: readonly ReturnType<typeof taskInfo>[],
      refuseMs = 5000,
    ): void {
      const offerIds = offers.map(({ offerId }) => offerId);
      const operations = [{ type: 'launch', tasks }] as const;
      say(at, { type: 'accept', frameworkId, offerIds, operations, filters: { refuseMs } });
    },
    end(
      { frameworkId }: Framework,
      { address: at, agentId }: Agent,
      taskId: TaskId,
      state: TaskState,
    ): void {
      const status = { taskId, agentId, state, source: 'executor', timestampMs: 0 } as const;
      const update = { id: 'u' as UpdateId, frameworkId, status };
      say(at, { type: 'statusUpdate', agentId, agent: at, update, latestState: state });
    },
  };
}
