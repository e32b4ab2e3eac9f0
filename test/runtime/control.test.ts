/**
 * nact 7.6.2 as our control plane: that its known defects do not reach us. Each test is named after
 * the defect; all were seen in nact itself.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { CrashDecision } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import { type ControlHooks, type ControlNode, ControlPlane } from '../../runtime/control.ts';
import { LONE_NODE, loneSystem } from '../kit/lone-system.ts';
import { type PuppetContext, type PuppetMessage, puppet } from './actors.ts';

test('defect 1, `stop` does not reach the children: ours are stopped with their parent', () => {
  const { system, run, advance, story, actor, takeDead } = start((context) => {
    const ticking = (child: PuppetContext) =>
      void child.sendSelfAfter(10, { type: 'note', text: 'orphan' });
    context.spawn(puppet, { story: context.options.story, onStart: ticking }, { name: 'child' });
  });
  system.stop(actor);
  advance(100);
  system.send(named('child'), { type: 'note', text: 'anybody?' });
  run();
  deepEqual(story, ['puppet started', 'child started', 'child stopped', 'puppet stopped']);
  deepEqual(takeDead(), ['noProcess note']);
});

test('defect 2, a reset runs two handlers of one actor at once: a restart here never does', () => {
  let running = 0;
  let runningMax = 0;
  const { system, run, story } = start((context) => {
    for (const name of ['first', 'second']) {
      context.spawn(puppet, { story: context.options.story }, { name, onCrash: 'escalate' });
    }
  });
  const deed = () => {
    running++;
    runningMax = Math.max(runningMax, running);
    // The peer crashes in the middle: its fault restarts the parent, and this actor with it.
    system.send(named('first'), { type: 'crash', text: 'boom' });
    running--;
  };
  for (let count = 0; count < 3; count++) system.send(named('second'), { type: 'do', deed });
  run();
  equal(runningMax, 1);
  ok(story.includes('puppet stopped'));
});

test('defect 3, an escalation after a self-stop has no parent to go to: here it just ends', async () => {
  const { system, run, actor, story } = start(() => {}, 'escalate');
  const exited = system.exited(actor);
  run();
  system.send(actor, {
    type: 'do',
    deed: (context) => {
      context.stop();
      throw new Error('boom');
    },
  });
  run();
  equal(await exited, 'crashed');
  deepEqual(story, ['puppet started', 'puppet stopped']);
});

test('defect 4, a supervisor that throws wedges the actor: ours is logged, and others go on', () => {
  const story: string[] = [];
  const lone = loneSystem({
    onFatal: () => {
      throw new Error('no idea');
    },
  });
  const first = lone.system.spawn(puppet, { story }, { name: 'first', onCrash: 'escalate' });
  const second = lone.system.spawn(puppet, { story }, { name: 'second' });
  lone.system.send(first, { type: 'crash', text: 'boom' });
  lone.system.send(first, { type: 'note', text: 'x' });
  lone.system.send(second, { type: 'note', text: 'alive' });
  lone.run();
  deepEqual(story, ['first started', 'first stopped', 'second started', 'second: alive']);
  deepEqual(lone.takeDead(), ['crashed crash', 'stopped note']);
  match(lone.takeLogged().join('\n'), /error `onFatal` failed for "first": no idea/);
});

test('defect 5, stop and crash call `afterStop` twice: here the last turn comes once', () => {
  const { system, run, actor, story } = start(() => {}, 'stop');
  system.send(actor, {
    type: 'do',
    deed: (context) => {
      context.stop();
      context.stop();
      throw new Error('boom');
    },
  });
  run();
  deepEqual(story, ['puppet started', 'puppet stopped']);
});

test('defect 6, made-up names collide after some thousand spawns: ours are counted', () => {
  const { system } = loneSystem();
  const names = new Set<string>();
  for (let count = 0; count < 5000; count++) names.add(system.spawn(puppet, { story: [] }).name);
  equal(names.size, 5000);
});

test('defect 7, every message copies the list of children: none of ours goes through nact', () => {
  const plane = new ControlPlane();
  const parent = plane.spawn(undefined, 'parent', recordingHooks('resume').hooks);
  for (let count = 0; count < 10; count++) {
    plane.spawn(parent, `child(${count})`, recordingHooks('resume').hooks);
  }
  const concrete = concreteOf(parent);
  equal(concrete.children.size, 10);
  let copies = 0;
  const createContext = concrete.createContext.bind(concrete);
  concrete.createContext = (sender: unknown) => {
    copies++;
    return createContext(sender);
  };
  parent.fault(new Error('boom'));
  equal(copies, 1, 'a fault may copy it once');
  plane.close();
});

test('defect 8, a fault at the top prints to standard output: here it goes to the log', (context) => {
  const print = context.mock.method(console, 'log', () => {});
  const { system, run, actor, takeLogged } = start(() => {}, 'escalate');
  system.send(actor, { type: 'crash', text: 'boom' });
  run();
  equal(print.mock.callCount(), 0);
  match(takeLogged().join('\n'), /error "puppet" crashed while handling "crash": boom/);
});

test('every decision is nact’s to carry out, and is done when `fault` returns', () => {
  const plane = new ControlPlane();
  const heard = (['restart', 'resume', 'stop', 'escalate'] as const).map((decision) => {
    const { hooks, calls } = recordingHooks(decision);
    plane.spawn(undefined, decision, hooks).fault(new Error('boom'));
    return calls.join(' ');
  });
  deepEqual(heard, [
    'begin decide restart begin',
    'begin decide resume',
    'begin decide stop',
    'begin decide escalate',
  ]);
  plane.close();
});

test('nact’s tree is ours: a stopped actor has left it, and hears of nothing more', () => {
  const plane = new ControlPlane();
  const { hooks, calls } = recordingHooks('restart');
  const parent = plane.spawn(undefined, 'parent', recordingHooks('restart').hooks);
  const child = plane.spawn(parent, 'child', hooks);
  deepEqual([...concreteOf(parent).children.keys()], ['child']);
  child.stop();
  child.stop();
  child.fault(new Error('too late'));
  child.reset();
  deepEqual([...concreteOf(parent).children.keys()], []);
  deepEqual(calls, ['begin']);
  plane.close();
});

interface Concrete {
  readonly children: ReadonlyMap<string, unknown>;
  createContext(sender: unknown): unknown;
}

function concreteOf(node: ControlNode): Concrete {
  return (node as unknown as { readonly concrete: Concrete }).concrete;
}

function recordingHooks(decision: CrashDecision): { hooks: ControlHooks; calls: string[] } {
  const calls: string[] = [];
  const hooks: ControlHooks = {
    decide: () => {
      calls.push('decide');
      return decision;
    },
    begin: () => void calls.push('begin'),
    restart: (reset) => {
      calls.push('restart');
      reset();
    },
    resume: () => void calls.push('resume'),
    stop: () => void calls.push('stop'),
    escalate: () => void calls.push('escalate'),
  };
  return { hooks, calls };
}

function named(name: string) {
  return address<PuppetMessage>(name, LONE_NODE);
}

function start(onStart: (context: PuppetContext) => void, onCrash: CrashDecision = 'restart') {
  const story: string[] = [];
  const lone = loneSystem();
  const actor = lone.system.spawn(puppet, { story, onStart }, { onCrash });
  lone.run();
  return { ...lone, story, actor };
}
