/** What becomes of actors that crash. The intensity rule is that of Erlang/OTP's supervisor. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { SpawnSettings } from '../../runtime/actor.ts';
import { decide, type Policy } from '../../runtime/supervision.ts';
import { loneSystem } from '../kit/lone-system.ts';
import { type PuppetContext, puppet } from './actors.ts';

const policy: Policy = {
  onCrash: 'restart',
  restartCountMax: 2,
  restartPeriodMs: 1000,
  restartDelayMsMin: 0,
  restartDelayMsMax: 30_000,
};

for (const onCrash of ['resume', 'stop', 'escalate'] as const) {
  test(`the policy "${onCrash}" decides "${onCrash}", whatever happened before`, () => {
    deepEqual(decide({ ...policy, onCrash }, [1, 2, 3], 10), {
      decision: onCrash,
      delayMs: 0,
      restartsAtMs: [1, 2, 3],
    });
  });
}

test('restarts are counted within the period; one more than the maximum escalates', () => {
  deepEqual(decide(policy, [], 100), { decision: 'restart', delayMs: 0, restartsAtMs: [100] });
  deepEqual(decide(policy, [100], 200), {
    decision: 'restart',
    delayMs: 0,
    restartsAtMs: [100, 200],
  });
  equal(decide(policy, [100, 200], 1099).decision, 'escalate');
  deepEqual(decide(policy, [100, 200], 1100), {
    decision: 'restart',
    delayMs: 0,
    restartsAtMs: [200, 1100],
  });
});

test('the wait before a restart doubles with each restart in the period, up to the maximum', () => {
  const patient = {
    ...policy,
    restartCountMax: 5,
    restartDelayMsMin: 10,
    restartDelayMsMax: 35,
  };
  const delays: number[] = [];
  let restartsAtMs: readonly number[] = [];
  for (const nowMs of [0, 1, 2, 3]) {
    const verdict = decide(patient, restartsAtMs, nowMs);
    restartsAtMs = verdict.restartsAtMs;
    delays.push(verdict.delayMs);
  }
  deepEqual(delays, [10, 20, 35, 35]);
});

test('a restart loses the state and keeps the name and the waiting mail', () => {
  const { run, system, story, actor, takeDead } = start({});
  system.send(actor, { type: 'note', text: 'one' });
  system.send(actor, { type: 'crash', text: 'boom' });
  system.send(actor, { type: 'do', deed: (_, { notes }) => void story.push(`${notes.length}`) });
  system.send(actor, { type: 'note', text: 'two' });
  run();
  deepEqual(story, [
    'puppet started',
    'puppet: one',
    'puppet stopped',
    'puppet started',
    '0',
    'puppet: two',
  ]);
  deepEqual(takeDead(), ['crashed crash']);
});

test('a resumed actor keeps its state and loses only the message that failed', () => {
  const { run, system, story, actor, takeDead } = start({ onCrash: 'resume' });
  system.send(actor, { type: 'note', text: 'one' });
  system.send(actor, { type: 'crash', text: 'boom' });
  system.send(actor, { type: 'do', deed: (_, { notes }) => void story.push(`${notes.length}`) });
  run();
  deepEqual(story, ['puppet started', 'puppet: one', '1']);
  deepEqual(takeDead(), ['crashed crash']);
});

test('an actor stopped after a crash leaves its mail as dead letters', async () => {
  const { run, system, story, actor, takeDead } = start({ onCrash: 'stop' });
  const exited = system.exited(actor);
  run();
  system.send(actor, { type: 'crash', text: 'boom' });
  system.send(actor, { type: 'note', text: 'two' });
  run();
  equal(await exited, 'crashed');
  deepEqual(story, ['puppet started', 'puppet stopped']);
  deepEqual(takeDead(), ['crashed crash', 'stopped note']);
});

test('a restart may wait; mail that comes meanwhile is handled afterwards', () => {
  const { run, advance, system, story, actor } = start({ restartDelayMsMin: 100 });
  system.send(actor, { type: 'crash', text: 'boom' });
  run();
  system.send(actor, { type: 'note', text: 'meanwhile' });
  advance(99);
  deepEqual(story, ['puppet started', 'puppet stopped']);
  advance(1);
  deepEqual(story, ['puppet started', 'puppet stopped', 'puppet started', 'puppet: meanwhile']);
});

test('an actor that waits for its restart can be stopped', () => {
  const { run, advance, system, story, actor, openTimerCount } = start({ restartDelayMsMin: 100 });
  system.send(actor, { type: 'crash', text: 'boom' });
  run();
  system.stop(actor);
  advance(1000);
  deepEqual(story, ['puppet started', 'puppet stopped']);
  equal(openTimerCount(), 0);
});

test('an actor that crashes in its first turn is restarted like any other', () => {
  const { run, story } = start(
    {},
    {
      onStart: (_, count) => {
        if (count < 3) throw new Error('not yet');
      },
    },
  );
  run();
  deepEqual(story, ['puppet started', 'puppet started', 'puppet started']);
});

test('an actor that crashed in its first turn has nothing to resume with and is stopped', () => {
  const { run, system, actor, takeDead } = start(
    { onCrash: 'resume' },
    {
      onStart: () => {
        throw new Error('never');
      },
    },
  );
  run();
  system.send(actor, { type: 'note', text: 'anybody?' });
  deepEqual(takeDead(), ['noProcess note']);
});

test('too many restarts escalate: the parent restarts, and with it all its children', () => {
  const { run, system, story, actor, takeLogged } = start({}, { onStart: spawnTwo });
  run();
  for (let count = 0; count < 4; count++) {
    system.send({ node: actor.node, name: 'first' }, { type: 'crash', text: 'boom' } as never);
    run();
  }
  deepEqual(story, [
    ...['puppet started', 'first started', 'second started'],
    ...Array.from({ length: 3 }, () => ['first stopped', 'first started']).flat(),
    ...['second stopped', 'first stopped', 'puppet stopped'],
    ...['puppet started', 'first started', 'second started'],
  ]);
  match(takeLogged().join('\n'), /"first" gave up: its fault is now that of "puppet"/);
});

test('a parent that resumes lets the child that escalated go on as well', () => {
  const story: string[] = [];
  const lone = loneSystem();
  lone.system.spawn(
    puppet,
    {
      story,
      onStart: (context) =>
        void context.spawn(puppet, { story }, { name: 'child', onCrash: 'escalate' }),
    },
    { onCrash: 'resume' },
  );
  lone.run();
  const child = { node: lone.system.node, name: 'child' };
  lone.system.send(child, { type: 'crash', text: 'boom' } as never);
  lone.system.send(child, { type: 'note', text: 'still here' } as never);
  lone.run();
  deepEqual(story, ['puppet started', 'child started', 'child: still here']);
});

test('what a top-level actor escalates goes to `onFatal`, and the actor is stopped', () => {
  const fatal: string[] = [];
  const { run, system, actor, takeDead } = start(
    { onCrash: 'escalate' },
    {},
    { onFatal: (error, { name }) => void fatal.push(`${name} ${(error as Error).message}`) },
  );
  system.send(actor, { type: 'crash', text: 'boom' });
  run();
  deepEqual(fatal, ['puppet boom']);
  system.send(actor, { type: 'note', text: 'x' });
  deepEqual(takeDead(), ['crashed crash', 'noProcess note']);
});

test('without `onFatal`, the node says so and shuts down', async () => {
  const { run, system, actor, takeLogged, story } = start({ onCrash: 'escalate' });
  const other = system.spawn(puppet, { story }, { name: 'other' });
  run();
  system.send(actor, { type: 'crash', text: 'boom' });
  run();
  await system.shutdown();
  match(takeLogged().join('\n'), /fatal Nobody supervises this actor/);
  deepEqual(story, ['puppet started', 'other started', 'puppet stopped', 'other stopped']);
  equal(await system.exited(other).catch((error: { code: string }) => error.code), 'systemStopped');
});

test('a light actor that crashes stops, whatever its policy, and its parent hears if it linked', () => {
  const { run, system, story, actor } = start({});
  system.send(actor, {
    type: 'do',
    deed: (context) => {
      const settings = { name: 'light', light: true, onCrash: 'restart' } as const;
      context.link(context.spawn(puppet, { story }, settings));
    },
  });
  run();
  system.send({ node: system.node, name: 'light' }, { type: 'crash', text: 'boom' } as never);
  run();
  deepEqual(story, [
    'puppet started',
    'light started',
    'light stopped',
    'puppet: link light@here:1 crashed',
  ]);
});

test('a supervised child of a light actor escalates to it, and so ends it', () => {
  const { run, system, story, actor } = start({});
  system.send(actor, {
    type: 'do',
    deed: (context) => {
      const onStart = (light: PuppetContext) =>
        void light.spawn(puppet, { story }, { name: 'leaf', onCrash: 'escalate' });
      context.spawn(puppet, { story, onStart }, { name: 'light', light: true });
    },
  });
  run();
  system.send({ node: system.node, name: 'leaf' }, { type: 'crash', text: 'boom' } as never);
  run();
  deepEqual(story, [
    'puppet started',
    'light started',
    'leaf started',
    'leaf stopped',
    'light stopped',
  ]);
});

function spawnTwo(context: PuppetContext): void {
  const { story } = context.options;
  context.spawn(puppet, { story }, { name: 'first' });
  context.spawn(puppet, { story }, { name: 'second' });
}

function start(
  settings: SpawnSettings,
  options: { onStart?: (context: PuppetContext, count: number) => void } = {},
  systemOptions: Parameters<typeof loneSystem>[0] = {},
) {
  const story: string[] = [];
  const lone = loneSystem(systemOptions);
  const actor = lone.system.spawn(puppet, { story, ...options }, settings);
  return { ...lone, story, actor };
}
