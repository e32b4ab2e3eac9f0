/** Links and monitors: each is heard exactly once, whatever ends it. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyAddress, MonitorId } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import { REMOTE_WATCH_COUNT_MAX } from '../../runtime/links.ts';
import { FakeCarrier } from '../kit/fake-carrier.ts';
import { loneSystem } from '../kit/lone-system.ts';
import { type PuppetContext, type PuppetMessage, puppet } from './actors.ts';

const far = address<PuppetMessage>('far', 'there:1');
const there = 'there:1';

test('a link tells once why the other is gone, and linking twice changes nothing', () => {
  const { tell, heard, system, run } = start();
  tell('a', (context) => {
    context.link(named('b'));
    context.link(named('b'));
  });
  system.stop(named('b'));
  run();
  deepEqual(heard(), ['a: link b@here:1 stopped']);
});

test('each monitor is a watch of its own, told by its number', () => {
  const { tell, heard, system, run } = start();
  tell('a', (context) => {
    context.link(named('b'));
    context.monitor(named('b'));
    context.monitor(named('b'));
  });
  system.stop(named('b'));
  run();
  deepEqual(heard(), [
    'a: link b@here:1 stopped',
    'a: monitor 1 b@here:1 stopped',
    'a: monitor 2 b@here:1 stopped',
  ]);
});

test('a link is one-way: who is linked does not hear of the end of who linked', () => {
  const { tell, heard, system, run } = start();
  tell('a', (context) => context.link(named('b')));
  system.stop(named('a'));
  run();
  deepEqual(heard(), []);
});

test('a link to an actor that is not there is answered at once', () => {
  const { tell, heard } = start();
  tell('a', (context) => {
    context.link(named('nobody'));
    context.link(address('b', 'here:1', 1));
  });
  deepEqual(heard(), ['a: link nobody@here:1 noProcess', 'a: link b@here:1#1 noProcess']);
});

test('a crash is told as `crashed` by its supervisor, a restart as `restarted`', () => {
  const { tell, heard, system, run } = start();
  system.spawn(puppet, { story: [] }, { name: 'frail', onCrash: 'stop' });
  tell('a', (context) => {
    context.link(named('b'));
    context.link(named('frail'));
  });
  system.send(named('b'), { type: 'crash', text: 'boom' });
  system.send(named('frail'), { type: 'crash', text: 'boom' });
  run();
  deepEqual(heard(), ['a: link b@here:1 restarted', 'a: link frail@here:1 crashed']);
});

test('a link ends with what it told: the next life needs a new one', () => {
  const { tell, heard, system, run } = start();
  tell('a', (context) => context.link(named('b')));
  system.send(named('b'), { type: 'crash', text: 'boom' });
  run();
  system.stop(named('b'));
  run();
  deepEqual(heard(), ['a: link b@here:1 restarted']);
});

test('after `unlink` and `demonitor` nothing is heard, even if it stood in the mailbox', () => {
  const { tell, heard, system } = start();
  tell('a', (context) => {
    context.link(named('b'));
    const monitor = context.monitor(named('b'));
    context.monitor(named('b'));
    system.stop(named('b'));
    context.unlink(named('b'));
    context.demonitor(monitor);
  });
  deepEqual(heard(), ['a: monitor 2 b@here:1 stopped']);
});

test('a link that has fired can be set again before it was heard', () => {
  const { heard, system, run } = start();
  system.send(named('a'), {
    type: 'do',
    deed: (context) => {
      context.link(named('nobody'));
      context.link(named('nobody'));
    },
  });
  run();
  deepEqual(heard(), ['a: link nobody@here:1 noProcess', 'a: link nobody@here:1 noProcess']);
});

test('an actor that restarts or ends watches nobody any more', () => {
  const { tell, heard, system, run, carrier } = start();
  tell('a', (context) => {
    context.link(named('b'));
    context.monitor(far);
  });
  carrier.takeSent();
  system.send(named('a'), { type: 'crash', text: 'boom' });
  run();
  deepEqual(carrier.takeSent(), ['unlink a@here:1#100002 far@there:1']);
  system.stop(named('b'));
  run();
  deepEqual(heard(), []);
});

test('`exited` finds room in a full mailbox', () => {
  const { heard, system, run } = start();
  const small = system.spawn(puppet, { story: heard.story }, { name: 'small', mailboxCountMax: 1 });
  system.send(small, { type: 'do', deed: (context) => context.link(named('b')) });
  run();
  system.send(small, { type: 'note', text: 'fills it' });
  system.stop(named('b'));
  run();
  deepEqual(heard(), ['small: fills it', 'small: link b@here:1 stopped']);
});

test('from outside actors, `exited` resolves with the reason, at once if nobody is there', async () => {
  const { system, run } = start();
  const gone = system.exited(named('b'));
  const never = system.exited(named('nobody'));
  run();
  equal(await never, 'noProcess');
  system.stop(named('b'));
  run();
  equal(await gone, 'stopped');
});

// ------------------------------------------------------------------------- between nodes

test('a pair of actors on two nodes shares one signal, and one answer fires all its watches', () => {
  const { tell, heard, run, carrier } = start();
  tell('a', (context) => {
    context.link(far);
    context.link(far);
    context.monitor(far);
  });
  deepEqual(carrier.takeSent(), ['link a@here:1#100002 far@there:1']);
  carrier.deliverExited(address('a', 'here:1', 100_002), far, 'crashed');
  carrier.deliverExited(address('a', 'here:1', 100_002), far, 'crashed');
  run();
  deepEqual(heard(), ['a: link far@there:1 crashed', 'a: monitor 1 far@there:1 crashed']);
});

test('only the last watch of a pair that is taken back is told to the other node', () => {
  const { tell, carrier } = start();
  let monitor: MonitorId | undefined;
  tell('a', (context) => {
    context.link(far);
    monitor = context.monitor(far);
  });
  carrier.takeSent();
  tell('a', (context) => context.unlink(far));
  deepEqual(carrier.takeSent(), []);
  tell('a', (context) => monitor !== undefined && context.demonitor(monitor));
  deepEqual(carrier.takeSent(), ['unlink a@here:1#100002 far@there:1']);
});

test('a lost node is told once to each watch of its actors, and then an answer is old news', () => {
  const { tell, heard, run, carrier } = start();
  tell('a', (context) => context.link(far));
  tell('b', (context) => context.link(address('other', there)));
  tell('c', (context) => context.link(address('far', 'elsewhere:1')));
  carrier.lose(there);
  carrier.lose(there);
  carrier.deliverExited(address('a', 'here:1', 100_002), far, 'stopped');
  run();
  deepEqual(heard(), ['a: link far@there:1 noConnection', 'b: link other@there:1 noConnection']);
});

test('without a carrier, every other node is unreachable', () => {
  const lone = loneSystem();
  const story: string[] = [];
  const onStart = (context: PuppetContext) => context.link(far);
  lone.system.spawn(puppet, { story, onStart });
  lone.run();
  deepEqual(story, ['puppet started', 'puppet: link far@there:1 noConnection']);
});

test('an actor of another node that linked one here is told once, in its own words', () => {
  const { system, run, carrier } = start();
  const watcher = address('far', there, 7);
  carrier.deliver(there, { kind: 'link', to: named('b'), from: watcher });
  carrier.deliver(there, { kind: 'link', to: named('b'), from: watcher });
  carrier.deliver(there, { kind: 'link', to: address('b', 'here:1', 100_003), from: watcher });
  system.stop(named('b'));
  run();
  deepEqual(carrier.takeSent(), [
    'exited b@here:1 far@there:1#7 stopped',
    'exited b@here:1#100003 far@there:1#7 stopped',
  ]);
});

test('another node that links an actor which is not here is answered `noProcess`', () => {
  const { carrier } = start();
  carrier.deliver(there, { kind: 'link', to: named('nobody'), from: far });
  carrier.deliver(there, { kind: 'link', to: address('b', 'here:1', 1), from: far });
  deepEqual(carrier.takeSent(), [
    'exited nobody@here:1 far@there:1 noProcess',
    'exited b@here:1#1 far@there:1 noProcess',
  ]);
});

test('a restart here is told to the other node, and its link is over', () => {
  const { system, run, carrier } = start();
  carrier.deliver(there, { kind: 'link', to: named('b'), from: far });
  system.send(named('b'), { type: 'crash', text: 'boom' });
  run();
  system.stop(named('b'));
  run();
  deepEqual(carrier.takeSent(), ['exited b@here:1 far@there:1 restarted']);
});

test('a node that unlinked or was lost is told nothing more', () => {
  const { system, run, carrier } = start();
  carrier.deliver(there, { kind: 'link', to: named('b'), from: far });
  carrier.deliver(there, { kind: 'unlink', to: named('b'), from: far });
  carrier.deliver(there, { kind: 'link', to: named('c'), from: far });
  carrier.lose(there);
  system.stop(named('b'));
  system.stop(named('c'));
  run();
  deepEqual(carrier.takeSent(), []);
});

test('nobody can speak for the actors of another node', () => {
  const { tell, heard, run, carrier, system } = start();
  tell('a', (context) => context.link(far));
  carrier.takeSent();
  carrier.deliver('liar:1', {
    kind: 'exited',
    to: address('a', 'here:1', 100_002),
    from: far,
    reason: 'crashed',
  });
  carrier.deliver('liar:1', { kind: 'link', to: named('b'), from: far });
  system.stop(named('b'));
  run();
  deepEqual(heard(), []);
  deepEqual(carrier.takeSent(), []);
});

test('one other node may watch so many actors here; more is answered `noConnection`', () => {
  const { carrier } = start();
  for (let index = 0; index <= REMOTE_WATCH_COUNT_MAX; index++) {
    carrier.deliver(there, { kind: 'link', to: named('b'), from: address(`far(${index})`, there) });
  }
  deepEqual(carrier.takeSent(), [
    `exited b@here:1 far(${REMOTE_WATCH_COUNT_MAX})@there:1 noConnection`,
  ]);
});

function named(name: string): AnyAddress & ReturnType<typeof address<PuppetMessage>> {
  return address<PuppetMessage>(name, 'here:1');
}

/** Puppets `a`, `b` and `c`; what they hear is written into one story. */
function start() {
  const carrier = new FakeCarrier();
  const lone = loneSystem({ carrier });
  const story: string[] = [];
  for (const name of ['a', 'b', 'c']) lone.system.spawn(puppet, { story }, { name });
  lone.run();
  const heard = Object.assign(
    () => story.splice(0).filter((line) => !/ (started|stopped)$/.test(line) || line.includes(':')),
    { story },
  );
  const tell = (name: string, deed: (context: PuppetContext) => unknown) => {
    lone.system.send(named(name), { type: 'do', deed: (context) => void deed(context) });
    lone.run();
  };
  return { ...lone, carrier, tell, heard };
}
