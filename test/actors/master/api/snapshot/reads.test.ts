/** Reads: the readers know what the master knows, however it came about, and no more is told than is new. */
import { deepEqual, equal, notEqual, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { modelEngine } from '../../../../../actors/master/api/snapshot/model-engine.ts';
import type {
  ReadEngine,
  ReadQuestion,
} from '../../../../../actors/master/api/snapshot/read-changes.ts';
import { READ_AGE_MS_MAX, Reads } from '../../../../../actors/master/api/snapshot/reads.ts';
import { workerEngine } from '../../../../../actors/master/api/snapshot/worker-engine.ts';
import { type PlayedAgent, type PlayedFramework, type Scene, scene } from '../../scene.ts';

const WORKER = new URL('../../../../../actors/master/api/snapshot/reads-worker.ts', import.meta.url)
  .href;
const STATE: ReadQuestion = { kind: 'old', read: 'state', query: {} };

function readsOf(engine: ReadEngine = modelEngine()) {
  const told: number[] = [];
  const asked: string[] = [];
  const watched: ReadEngine = {
    apply(changes) {
      told.push(changes.filter(({ kind }) => kind !== 'begin' && kind !== 'moment').length);
      engine.apply(changes);
    },
    ask(question) {
      asked.push(question.kind);
      return engine.ask(question);
    },
    close: () => engine.close(),
  };
  const reads = new Reads({
    engine: watched,
    heartbeatIntervalMs: 15_000,
    subscriberCountMax: 10,
    flags: { cluster: 'c' },
  });
  reads.open(0, () => {});
  const toldCount = () => told.splice(0).reduce((sum, count) => sum + count, 0);
  return { reads, asked, toldCount };
}

/** The answer, with the master's turns taken by hand. */
async function read(reads: Reads, { state }: Scene, question: ReadQuestion, nowMs: number) {
  const answer = reads.answer(question, nowMs);
  while (reads.work(state, nowMs));
  const { body, ...moment } = await answer;
  return { ...moment, value: JSON.parse(new TextDecoder().decode(body)) };
}

test('what is new is told once, and equal questions are answered by the same bytes', async () => {
  const { reads, asked, toldCount } = readsOf();
  const master = scene({ reads });
  const agent = master.registerAgent('a:1');
  const framework = master.subscribe('f');
  const taskId = master.launch(framework, agent, 't');
  const first = await read(reads, master, STATE, 1000);
  equal(toldCount(), 3);
  const again = await read(reads, master, STATE, 1000 + READ_AGE_MS_MAX);
  deepEqual([again.version, again.asOfMs, toldCount()], [first.version, 1000, 0]);
  deepEqual(asked, ['old']);
  const later = await read(reads, master, STATE, 5000);
  deepEqual([later.version, later.asOfMs, toldCount()], [first.version, 5000, 0]);
  master.update(framework, agent, taskId, 'running');
  const changed = await read(reads, master, STATE, 9000);
  notEqual(changed.version, first.version);
  equal(toldCount(), 1);
  equal(changed.value.frameworks[0].tasks[0].state, 'TASK_RUNNING');
});

test('many changes are handed over in several turns, and seen all at once', async () => {
  const { reads } = readsOf();
  const master = scene({ reads });
  const agent = master.registerAgent('a:1', 'cpus:1000');
  const framework = master.subscribe('f');
  for (let count = 0; count < 300; count++) master.launch(framework, agent, `t-${count}`);
  const answer = reads.answer(STATE, 0);
  equal(reads.work(master.state, 0), true);
  equal(reads.work(master.state, 0), false);
  const { body } = await answer;
  equal(JSON.parse(new TextDecoder().decode(body)).frameworks[0].tasks.length, 300);
});

test('an answer is about one moment, also while the next one is being handed over', async () => {
  const { reads } = readsOf();
  const master = scene({ reads });
  const agent = master.registerAgent('a:1', 'cpus:1000');
  const framework = master.subscribe('f');
  const first = await read(reads, master, STATE, 0);
  for (let count = 0; count < 300; count++) master.launch(framework, agent, `t-${count}`);
  const next = reads.answer(STATE, READ_AGE_MS_MAX + 1);
  equal(reads.work(master.state, READ_AGE_MS_MAX + 1), true);
  const other: ReadQuestion = { kind: 'old', read: 'frameworks', query: {} };
  const between = await reads.answer(other, READ_AGE_MS_MAX);
  equal(between.version, first.version);
  equal(JSON.parse(new TextDecoder().decode(between.body)).frameworks[0].tasks.length, 0);
  equal(reads.work(master.state, READ_AGE_MS_MAX + 1), false);
  notEqual((await next).version, first.version);
});

test('who waits is told when the master leads no longer, and the next one begins anew', async () => {
  const { reads } = readsOf();
  const first = scene({ reads });
  first.registerAgent('a:1');
  const waits = reads.answer(STATE, 0);
  reads.leave();
  await rejects(waits, /does not lead/);
  await rejects(reads.answer(STATE, 0), /does not lead/);
  const next = scene({ reads, masterId: 'n' });
  equal((await read(reads, next, STATE, 1000)).value.slaves.length, 0);
});

/** One thing that happens to a master. */
type Deed = (stage: Stage) => void;

interface Stage {
  readonly master: Scene;
  readonly agents: PlayedAgent[];
  readonly frameworks: PlayedFramework[];
  count: number;
}

const index = fc.nat(5);
const DEEDS: fc.Arbitrary<Deed> = fc.oneof(
  fc.constant<Deed>((stage) => {
    if (stage.agents.length < 4)
      stage.agents.push(stage.master.registerAgent(`a-${stage.count++}:1`));
  }),
  fc.constant<Deed>((stage) => {
    if (stage.frameworks.length < 3)
      stage.frameworks.push(stage.master.subscribe(`f-${stage.count++}`));
  }),
  fc.tuple(index, index, index).map(
    ([of, on, what]): Deed =>
      (stage) => {
        const { master, agents, frameworks } = stage;
        const agent = agents[on % (agents.length || 1)];
        const framework = frameworks[of % (frameworks.length || 1)];
        if (agent === undefined || framework === undefined) return;
        const { agents: known, frameworks: present } = master.state;
        if (!known.registered.get(agent.agentId)?.connected) return;
        if (present.get(framework.frameworkId)?.status !== 'active') return;
        if (what === 0) {
          master.allocate(framework, agent, 'mem:1');
          return;
        }
        const taskId = master.launch(framework, agent, `t-${stage.count++}`, 'mem:1');
        if (what < 3) return;
        const updateId = master.update(framework, agent, taskId, what === 3 ? 'running' : 'failed');
        if (what === 5) master.acknowledge(framework, agent, taskId, updateId);
      },
  ),
  index.map(
    (on): Deed =>
      ({ master, agents }) => {
        const agent = agents[on];
        if (agent === undefined) return;
        master.breakLink(agent);
        if (on % 2 === 0) master.advance(700_000);
      },
  ),
  index.map(
    (of): Deed =>
      ({ master, frameworks }) => {
        const framework = frameworks[of];
        if (framework === undefined) return;
        master.breakLink(framework);
        if (of % 2 === 0) master.advance(1);
      },
  ),
);

test('whatever happened, what readers were told bit by bit is what they would be told at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(DEEDS, fc.boolean()), { maxLength: 40 }), async (deeds) => {
      const { reads } = readsOf();
      const settings = { completedTaskCountMax: 3, unreachableTaskCountMax: 2 };
      const master = scene({ reads, settings });
      const stage: Stage = { master, agents: [], frameworks: [], count: 0 };
      let nowMs = 0;
      for (const [deed, isRead] of deeds) {
        deed(stage);
        nowMs += 1000;
        if (isRead) await read(reads, master, STATE, nowMs);
      }
      nowMs += 1000;
      const gradual = await read(reads, master, STATE, nowMs);
      const { reads: fresh } = readsOf();
      fresh.begin(leaderOf(master));
      const atOnce = await read(fresh, master, STATE, nowMs);
      deepEqual(sorted(gradual.value), sorted(atOnce.value));
    }),
    { numRuns: 60 },
  );
});

/** As `scene` starts it. */
function leaderOf({ self, state }: Scene) {
  const { node } = self;
  const electedMs = state.startedMs;
  return {
    masterId: 'm',
    cluster: 'test',
    version: '0.0.0',
    node,
    grants: { weights: [], quotas: [] },
    electedMs,
  };
}

/** The order of lists says nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .map(sorted)
      .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sorted(item)]));
}

test('on a thread of its own the engine answers the same, and rejects once it has ended', async () => {
  const boot = `
    import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => {
      register();
      return import(${JSON.stringify(WORKER)});
    });
  `;
  const engine = workerEngine(() => {}, new Worker(boot, { eval: true }));
  const { reads } = readsOf(engine);
  const master = scene({ reads });
  const agent = master.registerAgent('a:1');
  const framework = master.subscribe('f');
  master.launch(framework, agent, 't');
  const there = await read(reads, master, STATE, 0);
  const { reads: here } = readsOf();
  here.begin(leaderOf(master));
  const { value } = await read(here, master, STATE, 0);
  deepEqual(there.value.frameworks, value.frameworks);
  await engine.close();
  await rejects(engine.ask(STATE), /ends/);
});
