/** Questions: one answer, or none in time; exactly one of the two is heard. */
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, defineActor } from '../../runtime/actor.ts';
import { ASK_BUCKET_MS } from '../../runtime/ask.ts';
import { FakeCarrier } from '../kit/fake-carrier.ts';
import { loneSystem } from '../kit/lone-system.ts';

interface Answer {
  readonly type: 'answer';
  readonly text: string;
}

interface Question {
  readonly type: 'question';
  readonly text: string;
  readonly replyTo: Address<Answer>;
}

/** Answers what it is asked, as often as it is told to. */
const oracle = defineActor<{ answerCount: number }, null, Question>({
  name: 'oracle',
  initialState: () => null,
  handlers: {
    question(_, { text, replyTo }, context) {
      for (let count = 1; count <= context.options.answerCount; count++) {
        context.send(replyTo, { type: 'answer', text: `${text}: ${count}` });
      }
    },
  },
});

type PilgrimMessage =
  | { readonly type: 'go'; readonly timeoutMs: number }
  | { readonly type: 'heard'; readonly text: string }
  | { readonly type: 'crash' };

const pilgrim = defineActor<{ to: Address<Question>; heard: string[] }, null, PilgrimMessage>({
  name: 'pilgrim',
  initialState: () => null,
  handlers: {
    go(_, { timeoutMs }, context) {
      context.ask(
        context.options.to,
        (replyTo: Address<Answer>): Question => ({ type: 'question', text: 'who', replyTo }),
        {
          timeoutMs,
          onReply: ({ text }) => ({ type: 'heard', text }),
          onTimeout: () => ({ type: 'heard', text: 'nothing' }),
        },
      );
    },
    heard: (_, { text }, context) =>
      void context.options.heard.push(`${text}, from ${context.sender?.name}`),
    crash() {
      throw new Error('boom');
    },
  },
});

test('an answer comes back as a message to self, with the sender of the answer', () => {
  const { system, pilgrimAddress, run, heard, openTimerCount, advance } = start(1);
  system.send(pilgrimAddress, { type: 'go', timeoutMs: 100 });
  run();
  deepEqual(heard, ['who: 1, from oracle']);
  advance(1000);
  deepEqual(heard, ['who: 1, from oracle']);
  equal(openTimerCount(), 0);
});

test('a second answer is a dead letter', () => {
  const { system, pilgrimAddress, run, heard, takeDead } = start(2);
  system.send(pilgrimAddress, { type: 'go', timeoutMs: 100 });
  run();
  deepEqual(heard, ['who: 1, from oracle']);
  deepEqual(takeDead(), ['lateReply answer']);
});

test('without an answer, the timeout is never early and at most one bucket late', () => {
  const { system, pilgrimAddress, advance, heard, pass } = start(0);
  pass(3);
  system.send(pilgrimAddress, { type: 'go', timeoutMs: 95 });
  advance(94);
  deepEqual(heard, []);
  advance(1 + ASK_BUCKET_MS);
  deepEqual(heard, ['nothing, from undefined']);
});

test('a late answer is a dead letter, and is not heard', () => {
  const { system, pilgrimAddress, advance, heard, takeDead, run } = start(1);
  const hold = system.intercept(({ message }) => (message.type === 'answer' ? 'hold' : 'deliver'));
  system.send(pilgrimAddress, { type: 'go', timeoutMs: 50 });
  advance(50 + ASK_BUCKET_MS);
  hold.remove();
  run();
  deepEqual(heard, ['nothing, from undefined']);
  deepEqual(takeDead(), ['lateReply answer']);
});

test('many questions with deadlines close together share one timer of the host', () => {
  const { system, pilgrimAddress, run, openTimerCount, heard, advance } = start(0);
  for (let count = 0; count < 50; count++) {
    system.send(pilgrimAddress, { type: 'go', timeoutMs: 100 });
  }
  run();
  equal(openTimerCount(), 1);
  advance(100 + ASK_BUCKET_MS);
  equal(heard.length, 50);
});

test('a restarted actor hears nothing of what its old incarnation asked', () => {
  const { system, pilgrimAddress, run, heard, advance, takeDead } = start(1);
  const hold = system.intercept(({ message }) => (message.type === 'answer' ? 'hold' : 'deliver'));
  system.send(pilgrimAddress, { type: 'go', timeoutMs: 50 });
  system.send(pilgrimAddress, { type: 'go', timeoutMs: 1000 });
  system.send(pilgrimAddress, { type: 'crash' });
  run();
  hold.release(1);
  advance(2000);
  deepEqual(heard, []);
  deepEqual(takeDead(), ['crashed crash', 'lateReply answer']);
});

test('from outside actors, an answer resolves and a timeout rejects with a code', async () => {
  const { system, oracleAddress, run, advance } = start(1);
  const question = (replyTo: Address<Answer>): Question => ({
    type: 'question',
    text: 'x',
    replyTo,
  });
  const answered = system.ask(oracleAddress, question, 100);
  run();
  deepEqual(await answered, { type: 'answer', text: 'x: 1' });
  const nobody = { node: system.node, name: 'nobody' };
  const unanswered = system.ask<Question, Answer>(nobody, question, 100);
  advance(100 + ASK_BUCKET_MS);
  await rejects(unanswered, { code: 'askTimedOut' });
});

test('questions that are open when the system ends are rejected', async () => {
  const { system, oracleAddress, run } = start(0);
  const question = (replyTo: Address<Answer>): Question => ({
    type: 'question',
    text: 'x',
    replyTo,
  });
  const unanswered = system.ask(oracleAddress, question, 100);
  const ended = system.shutdown();
  run();
  await rejects(unanswered, { code: 'systemStopped' });
  await ended;
  await rejects(system.ask(oracleAddress, question, 100), { code: 'systemStopped' });
});

test('an answer from another node needs no `accepts`: it was asked for', () => {
  const carrier = new FakeCarrier();
  const lone = loneSystem({ carrier });
  const heard: string[] = [];
  const to = { node: 'there:1', name: 'oracle' };
  const asker = lone.system.spawn(pilgrim, { to, heard });
  lone.system.send(asker, { type: 'go', timeoutMs: 100 });
  lone.run();
  const [question] = carrier.sent;
  const { replyTo } = (question?.kind === 'message' ? question.message : {}) as Question;
  carrier.deliverMessage('there:1', replyTo, { type: 'answer', text: 'far' }, to);
  lone.run();
  deepEqual(heard, ['far, from oracle']);
});

test('an answer to a question of an earlier life of the node is not taken for another', () => {
  const far = { node: 'there:1', name: 'oracle' };
  const life = (incarnation: number) => {
    const carrier = new FakeCarrier();
    const lone = loneSystem({ carrier, incarnation });
    const heard: string[] = [];
    const asker = lone.system.spawn(pilgrim, { to: far, heard });
    lone.system.send(asker, { type: 'go', timeoutMs: 100 });
    lone.run();
    const [question] = carrier.sent;
    const { replyTo } = (question?.kind === 'message' ? question.message : {}) as Question;
    return { ...lone, carrier, heard, replyTo };
  };
  const earlier = life(1000);
  const { carrier, run, heard, takeDead } = life(1001);
  carrier.deliverMessage('there:1', earlier.replyTo, { type: 'answer', text: 'late' }, far);
  run();
  deepEqual(heard, []);
  deepEqual(takeDead(), ['lateReply answer']);
});

function start(answerCount: number) {
  const lone = loneSystem();
  const heard: string[] = [];
  const oracleAddress = lone.system.spawn(oracle, { answerCount });
  const pilgrimAddress = lone.system.spawn(pilgrim, { to: oracleAddress, heard });
  lone.run();
  return { ...lone, heard, oracleAddress, pilgrimAddress };
}
