/** Messages to self, later; and what `cancel` promises. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { defineActor, type TimerId } from '../../runtime/actor.ts';
import { loneSystem } from '../kit/lone-system.ts';
import { puppet } from './actors.ts';

test('timers fire in the order of their times, and in the order they were set when equal', () => {
  const { tell, advance, story } = start();
  tell((context) => {
    context.sendSelfAfter(20, { type: 'note', text: 'late' });
    context.sendSelfAfter(10, { type: 'note', text: 'first' });
    context.sendSelfAfter(10, { type: 'note', text: 'second' });
  });
  advance(10);
  deepEqual(story, ['puppet: first', 'puppet: second']);
  advance(10);
  deepEqual(story, ['puppet: first', 'puppet: second', 'puppet: late']);
});

test('a cancelled timer never fires, and the host forgets it', () => {
  const { tell, advance, story, openTimerCount } = start();
  tell((context) => {
    context.cancel(context.sendSelfAfter(10, { type: 'note', text: 'no' }));
  });
  equal(openTimerCount(), 0);
  advance(100);
  deepEqual(story, []);
});

test('after `cancel` the message is not delivered even if it already stood in the mailbox', () => {
  const { tell, advance, story, pass, system, actor } = start();
  let timer: TimerId | undefined;
  tell((context) => {
    timer = context.sendSelfAfter(10, { type: 'note', text: 'cancelled' });
    context.sendSelfAfter(10, { type: 'note', text: 'kept' });
  });
  // Stands before both in the mailbox, and is handled after both have fired.
  const hold = system.intercept(({ message }) => (message.type === 'note' ? 'hold' : 'deliver'));
  advance(10);
  system.send(actor, {
    type: 'do',
    deed: (context) => {
      hold.release();
      if (timer !== undefined) context.cancel(timer);
    },
  });
  pass(1);
  advance(1);
  deepEqual(story, ['puppet: kept']);
});

test('a timer can be cancelled while an interceptor holds its message', () => {
  const { tell, advance, story, system } = start();
  let timer: TimerId | undefined;
  tell((context) => {
    timer = context.sendSelfAfter(10, { type: 'note', text: 'cancelled' });
  });
  const hold = system.intercept(({ message }) => (message.type === 'note' ? 'hold' : 'deliver'));
  advance(10);
  equal(hold.held().length, 1);
  tell((context) => timer !== undefined && context.cancel(timer));
  equal(hold.held().length, 0);
  hold.remove();
  advance(10);
  deepEqual(story, []);
});

test('cancelling late, twice, or what is not a timer does nothing', () => {
  const { tell, advance, story } = start();
  tell((context) => {
    const timer = context.sendSelfAfter(10, { type: 'note', text: 'fired' });
    context.sendSelfAfter(20, {
      type: 'do',
      deed: (later) => {
        later.cancel(timer);
        later.cancel(timer);
        later.cancel(4711 as TimerId);
      },
    });
  });
  advance(30);
  deepEqual(story, ['puppet: fired']);
});

test('a restart cancels the timers of the old incarnation', () => {
  const { tell, advance, story, system, actor, openTimerCount } = start();
  tell((context) => void context.sendSelfAfter(10, { type: 'note', text: 'old' }));
  system.send(actor, { type: 'crash', text: 'boom' });
  advance(100);
  deepEqual(story, ['puppet stopped', 'puppet started']);
  equal(openTimerCount(), 0);
});

test('a resumed actor keeps its timers', () => {
  const { tell, advance, story, system, actor } = start('resume');
  tell((context) => void context.sendSelfAfter(10, { type: 'note', text: 'kept' }));
  system.send(actor, { type: 'crash', text: 'boom' });
  advance(100);
  deepEqual(story, ['puppet: kept']);
});

test('a timer has no sender, and is caused by the message whose handling set it', () => {
  const lone = loneSystem();
  const seen: string[] = [];
  const actor = lone.system.spawn(
    defineActor<null, null, { type: 'set' } | { type: 'ring' }>({
      name: 'clock',
      initialState: () => null,
      handlers: {
        set: (_, __, context) => void context.sendSelfAfter(5, { type: 'ring' }),
        ring: (_, __, context) => void seen.push(`${context.sender}`),
      },
    }),
    null,
  );
  lone.system.intercept(({ message, id, causeId }) => {
    seen.push(`${message.type} ${id} because of ${causeId}`);
    return 'deliver';
  });
  lone.run();
  lone.system.send(actor, { type: 'set' });
  lone.advance(5);
  const [set, ring, sender] = seen;
  const id = Number(set?.split(' ')[1]);
  equal(set, `set ${id} because of 0`);
  equal(ring, `ring ${id + 1} because of ${id}`);
  equal(sender, 'undefined');
});

function start(onCrash: 'restart' | 'resume' = 'restart') {
  const story: string[] = [];
  const lone = loneSystem();
  const actor = lone.system.spawn(puppet, { story }, { onCrash });
  lone.run();
  story.length = 0;
  const tell = (deed: (context: import('./actors.ts').PuppetContext) => unknown) => {
    lone.system.send(actor, { type: 'do', deed: (context) => void deed(context) });
    lone.run();
  };
  return { ...lone, story, actor, tell };
}
