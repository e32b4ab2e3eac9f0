/** The one hook that can watch, hold, drop, double and make up messages. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { address, formatAddress } from '../../runtime/address.ts';
import type { Interception } from '../../runtime/intercept.ts';
import { FakeCarrier } from '../kit/fake-carrier.ts';
import { LONE_NODE, loneSystem } from '../kit/lone-system.ts';
import { type PuppetMessage, puppet } from './actors.ts';

const far = address<PuppetMessage>('far', 'there:1');

test('a watcher sees every message once: local, leaving, arriving, and timers', () => {
  const { system, actor, carrier, advance } = start();
  const seen: string[] = [];
  system.intercept(({ message, from, to }) => {
    const sender = from === undefined ? '-' : formatAddress(from);
    seen.push(`${message.type} ${sender} ${formatAddress(to)}`);
    return 'deliver';
  });
  system.send(actor, {
    type: 'do',
    deed: (context) => {
      context.send(far, note('out'));
      context.sendSelfAfter(5, note('timer'));
    },
  });
  carrier.deliverMessage('there:1', actor, note('in'), far);
  advance(5);
  deepEqual(seen, [
    'do - puppet@here:1',
    'note far@there:1 puppet@here:1',
    'note puppet@here:1#100002 far@there:1',
    'note - puppet@here:1#100002',
  ]);
});

test('held messages wait in order until they are released', () => {
  const { system, actor, run, story } = start();
  const hold = system.intercept(({ message }) => (message.type === 'note' ? 'hold' : 'deliver'));
  for (const text of ['one', 'two', 'three']) system.send(actor, note(text));
  run();
  deepEqual(story, []);
  deepEqual(
    hold.held().map(({ message }) => message),
    [note('one'), note('two'), note('three')],
  );
  equal(hold.release(1), 1);
  run();
  deepEqual(story, ['puppet: one']);
  equal(hold.release(), 2);
  run();
  deepEqual(story, ['puppet: one', 'puppet: two', 'puppet: three']);
});

test('one held message can be released before the others, or dropped', () => {
  const { system, actor, run, story, takeDead } = start();
  const hold = system.intercept(() => 'hold');
  for (const text of ['one', 'two', 'three']) system.send(actor, note(text));
  const [one, two] = hold.held();
  equal(hold.releaseOne(LONE_NODE, two?.id ?? 0), true);
  equal(hold.dropOne(LONE_NODE, one?.id ?? 0), true);
  equal(hold.releaseOne(LONE_NODE, two?.id ?? 0), false);
  hold.remove();
  run();
  deepEqual(story, ['puppet: two', 'puppet: three']);
  deepEqual(takeDead(), ['dropped note']);
});

test('a dropped message is a dead letter', () => {
  const { system, actor, run, story, takeDead, verdicts } = start();
  verdicts({ one: 'drop' });
  system.send(actor, note('one'));
  system.send(actor, note('two'));
  run();
  deepEqual(story, ['puppet: two']);
  deepEqual(takeDead(), ['dropped note']);
});

test('a doubled message arrives twice, a doubled timer once', () => {
  const { system, actor, advance, story, verdicts, carrier } = start();
  verdicts({ one: 'duplicate', timer: 'duplicate', out: 'duplicate' });
  system.send(actor, note('one'));
  system.send(actor, {
    type: 'do',
    deed: (context) => {
      context.sendSelfAfter(5, note('timer'));
      context.send(far, note('out'));
    },
  });
  advance(5);
  deepEqual(story, ['puppet: one', 'puppet: one', 'puppet: timer']);
  equal(carrier.sent.length, 2);
});

test('a doubled answer is heard once; the second is a dead letter', async () => {
  const { system, run, takeDead } = start();
  system.intercept(({ to }) => (to.name === 'ask' ? 'duplicate' : 'deliver'));
  const nobody = address<{ type: 'ask'; replyTo: unknown }>('nobody', LONE_NODE);
  const answered = system.ask(
    nobody,
    (replyTo: import('../../runtime/actor.ts').Address<{ type: 'yes' }>) => {
      system.send(replyTo, { type: 'yes' });
      return { type: 'ask' as const, replyTo };
    },
    100,
  );
  run();
  deepEqual(await answered, { type: 'yes' });
  deepEqual(takeDead(), ['lateReply yes', 'noProcess ask']);
});

test('a made-up message comes from whomever it says', () => {
  const { system, actor, run, story } = start();
  const from = address<never>('ghost', LONE_NODE);
  system.inject({
    to: actor,
    from,
    message: {
      type: 'do',
      deed: (context: import('./actors.ts').PuppetContext) =>
        void story.push(`from ${context.sender?.name}`),
    } as PuppetMessage,
  });
  run();
  deepEqual(story, ['from ghost']);
});

test('the first interceptor that says anything but `deliver` decides', () => {
  const { system, actor, run, story, takeDead } = start();
  const order: string[] = [];
  const by = (name: string, verdict: Interception) => () => {
    order.push(name);
    return verdict;
  };
  system.intercept(by('first', 'deliver'));
  const second = system.intercept(by('second', 'drop'));
  system.intercept(by('third', 'drop'));
  system.send(actor, note('one'));
  deepEqual(order, ['first', 'second']);
  second.remove();
  run();
  deepEqual(takeDead(), ['dropped note']);
  deepEqual(story, []);
});

test('removing an interceptor releases what it holds, and nothing is looked at any more', () => {
  const { system, actor, run, story } = start();
  let looks = 0;
  const hold = system.intercept(() => {
    looks++;
    return 'hold';
  });
  system.send(actor, note('one'));
  hold.remove();
  system.send(actor, note('two'));
  run();
  equal(looks, 1);
  deepEqual(story, ['puppet: one', 'puppet: two']);
});

test('a hook that fails lets pass, and the sender does not crash', () => {
  const { system, actor, run, story, takeLogged } = start();
  system.intercept(() => {
    throw new Error('oops');
  });
  system.send(actor, note('one'));
  run();
  deepEqual(story, ['puppet: one']);
  match(takeLogged().join('\n'), /error An interceptor failed: oops/);
});

function note(text: string): PuppetMessage {
  return { type: 'note', text };
}

function start() {
  const carrier = new FakeCarrier();
  const lone = loneSystem({ carrier });
  const story: string[] = [];
  const actor = lone.system.spawn(puppet, { story });
  lone.run();
  story.length = 0;
  /** What becomes of notes, by their text. */
  const verdicts = (byText: Readonly<Record<string, Interception>>) =>
    lone.system.intercept(({ message }) => {
      const { text } = message as { readonly text?: string };
      return byText[text ?? ''] ?? 'deliver';
    });
  return { ...lone, carrier, story, actor, verdicts };
}
