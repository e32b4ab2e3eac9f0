/** A launcher without processes. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type {
  LauncherEvent,
  LauncherMessage,
  LauncherNews,
} from '../../actors/agent/launcher/launcher.ts';
import type { ContainerId } from '../../actors/protocol/ids.ts';
import { type Address, defineActor } from '../../runtime/actor.ts';
import { type ScriptedMachine, scriptedLauncher, scriptedMachine } from './scripted-launcher.ts';
import { VirtualWorld } from './virtual-world.ts';

type Inbox =
  | LauncherEvent
  | LauncherNews
  | { readonly type: 'run'; readonly script: string }
  | { readonly type: 'end'; readonly gracePeriodMs: number };

interface Options {
  readonly machine: ScriptedMachine;
  readonly say: (text: string) => void;
}

const containerId = 'container-1' as ContainerId;

const owner = defineActor<Options, { launcher: Address<LauncherMessage> | undefined }, Inbox>({
  name: 'owner',
  initialState: () => ({ launcher: undefined }),
  started(state, context) {
    state.launcher = scriptedLauncher(context.options.machine, 10)(context, context.self);
    context.send(state.launcher, { type: 'recover', keep: [] });
  },
  handlers: {
    run(state, { script }, context) {
      if (state.launcher === undefined) return;
      context.send(state.launcher, {
        type: 'launch',
        containerId,
        command: { shell: true, value: script, arguments: [], environment: [] },
        environment: [],
        sandbox: '/nowhere',
        owner: context.self,
      });
    },
    end(state, { gracePeriodMs }, context) {
      if (state.launcher === undefined) return;
      context.send(state.launcher, { type: 'kill', containerId, gracePeriodMs });
    },
    containerStarted: (_state, { processId }, { options }) => options.say(`started ${processId}`),
    containerEnded: (_state, { end }, { options }) => options.say(Object.values(end).join(' ')),
    launcherReady: (_state, { leftoverCount }, { options }) =>
      options.say(`ready ${leftoverCount}`),
    launcherFailed: (_state, { cause }, { options }) => options.say(cause),
  },
});

test('a command sleeps its time on the virtual clock and exits with its code', async () => {
  const { play, machine } = start();
  deepEqual(await play('sleep 2.5; exit 3'), ['0 s ready 0', '0 s started 1', '2.5 s exited 3']);
  equal(machine.running.size, 0);
});

test('a polite kill ends a program at once, a deaf one when its grace period is over', async () => {
  deepEqual(await start().play('sleep 60; exit 0', 4000), [
    '0 s ready 0',
    '0 s started 1',
    '1 s signalled SIGTERM',
  ]);
  deepEqual(await start().play("trap '' TERM; sleep 60; exit 0", 4000), [
    '0 s ready 0',
    '0 s started 1',
    '5 s signalled SIGKILL',
  ]);
});

test('a kill never keeps a program alive beyond its own end', async () => {
  deepEqual(await start().play("trap '' TERM; sleep 2; exit 0", 60_000), [
    '0 s ready 0',
    '0 s started 1',
    '2 s exited 0',
  ]);
});

test('an unknown command cannot be started', async () => {
  deepEqual(await start().play('nonsense'), [
    '0 s ready 0',
    '0 s notStarted there is no program "nonsense"',
  ]);
});

test('what a crashed node left running ends when its next life looks for it', async () => {
  const { play, node, machine, told } = start();
  await play('sleep 60; exit 0', undefined, 1000);
  equal(machine.running.size, 1);
  node.crash();
  equal(machine.running.size, 1);
  node.restart();
  await play('nonsense');
  equal(machine.running.size, 0);
  equal(told[2], '1 s ready 1');
});

function start() {
  const world = new VirtualWorld({ seed: 1 });
  const machine = scriptedMachine();
  const told: string[] = [];
  let self: Address<Inbox> | undefined;
  const say = (text: string) => {
    told.push(`${Math.round(world.elapsedMs() / 100) / 10} s ${text}`);
  };
  const node = world.start('a:1', ({ system }) => {
    self = system.spawn(owner, { machine, say });
  });
  return {
    machine,
    node,
    told,
    async play(script: string, killGraceMs?: number, durationMs = 100_000) {
      if (self !== undefined) node.system.send(self, { type: 'run', script });
      if (killGraceMs !== undefined) {
        await world.runFor(1000);
        if (self !== undefined) node.system.send(self, { type: 'end', gracePeriodMs: killGraceMs });
      }
      await world.runFor(durationMs);
      return told;
    },
  };
}
