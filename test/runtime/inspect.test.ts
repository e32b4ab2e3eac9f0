/** What the inspector shows, to askers here and on other nodes. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, defineActor, type Tagged } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import {
  INSPECTOR_NAME,
  type InspectorMessage,
  type InspectorReply,
  PAGE_COUNT_MAX,
} from '../../runtime/inspect.ts';
import { FakeCarrier } from '../kit/fake-carrier.ts';
import { LONE_NODE, loneSystem } from '../kit/lone-system.ts';
import { type PuppetContext, puppet } from './actors.ts';

const page = { offset: 0, countMax: 100 };
const inspector = address<InspectorMessage>(INSPECTOR_NAME, LONE_NODE);
const far = address<never>('far', 'there:1');

test('the node shows its counters', async () => {
  const { show, system, actor } = start();
  system.send(actor, { type: 'note', text: 'x' });
  const { metrics } = await show({ type: 'inspectNode' }, 'nodeShown');
  equal(metrics.node, LONE_NODE);
  equal(metrics.actorCount, 3);
  equal(metrics.deadLetterCounts.noProcess, undefined);
});

test('the actors are shown with their parents and counters, a page at a time', async () => {
  const { show, system, actor, run } = start();
  system.send(actor, { type: 'note', text: 'x' });
  system.send(actor, { type: 'crash', text: 'boom' });
  run();
  const { actors, totalCount } = await show({ type: 'inspectActors', ...page }, 'actorsShown');
  equal(totalCount, 3);
  deepEqual(
    actors.map(({ name, parent, light, handledCount, restartCount, deadCount }) => ({
      name,
      parent,
      light,
      handledCount,
      restartCount,
      deadCount,
    })),
    [
      {
        name: 'inspector',
        parent: undefined,
        light: false,
        handledCount: 1,
        restartCount: 0,
        deadCount: 0,
      },
      {
        name: 'puppet',
        parent: undefined,
        light: false,
        handledCount: 2,
        restartCount: 1,
        deadCount: 1,
      },
      {
        name: 'child',
        parent: 'puppet',
        light: true,
        handledCount: 0,
        restartCount: 0,
        deadCount: 0,
      },
    ],
  );
  const second = await show({ type: 'inspectActors', offset: 1, countMax: 1 }, 'actorsShown');
  deepEqual(
    second.actors.map(({ name }) => name),
    ['puppet'],
  );
});

test('the inspector shows what it handles just now: the question', async () => {
  const { show } = start();
  const { actors } = await show({ type: 'inspectActors', ...page }, 'actorsShown');
  equal(actors[0]?.current?.type, 'inspectActors');
  equal(actors[1]?.current, undefined);
});

test('a mailbox is shown without being touched', async () => {
  const { ask, system, actor, run, story } = start();
  // The question stands before the mail, so that it is answered first.
  const shown = ask({ type: 'inspectMailbox', actor: 'puppet', offset: 1, countMax: 2 });
  for (const text of ['one', 'two', 'three', 'x'.repeat(1000)]) {
    system.send(actor, { type: 'note', text });
  }
  run();
  const reply = expect(await shown, 'mailboxShown');
  equal(reply.totalCount, 4);
  deepEqual(
    reply.messages.map(({ type, content }) => ({ type, content })),
    [
      { type: 'note', content: { type: 'note', text: 'two' } },
      { type: 'note', content: { type: 'note', text: 'three' } },
    ],
  );
  equal(story.length, 4);
});

test('a state is shown through `inspect`, and only what lies behind the path', async () => {
  const { show, system, run } = start();
  const secretive = defineActor<
    null,
    { secret: string; tasks: Map<string, { n: number }> },
    Tagged
  >({
    name: 'secretive',
    initialState: () => ({ secret: 'x', tasks: new Map([['task-1', { n: 7 }]]) }),
    inspect: ({ tasks }) => ({ tasks }),
    handlers: {},
  });
  system.spawn(secretive, null);
  run();
  const whole = await show({ type: 'inspectState', actor: 'secretive', path: [] }, 'stateShown');
  deepEqual(whole.state, { tasks: { $map: [['task-1', { n: 7 }]] } });
  const path = ['tasks', 'task-1', 'n'];
  const part = await show({ type: 'inspectState', actor: 'secretive', path }, 'stateShown');
  equal(part.state, 7);
  for (const lost of [['secret'], ['tasks', 'task-2'], ['tasks', 'constructor']]) {
    const none = await show(
      { type: 'inspectState', actor: 'secretive', path: lost },
      'nothingShown',
    );
    match(none.reason, /the path leads nowhere/);
  }
});

test('an `inspect` that throws is told, and crashes nobody', async () => {
  const { show, system, run, story } = start();
  const inspect = () => {
    throw new Error('shy');
  };
  system.spawn({ ...puppet, inspect }, { story }, { name: 'shy' });
  run();
  const { reason } = await show({ type: 'inspectState', actor: 'shy', path: [] }, 'nothingShown');
  equal(reason, 'Cannot show the state of "shy": shy');
});

test('links are shown in both directions', async () => {
  const { show, system, actor, run, carrier } = start();
  system.send(actor, {
    type: 'do',
    deed: (context: PuppetContext) => {
      context.link(address('child', LONE_NODE));
      context.monitor(far);
    },
  });
  run();
  carrier.deliver('there:1', { kind: 'link', to: address('child', LONE_NODE), from: far });
  const own = await show({ type: 'inspectLinks', actor: 'puppet', ...page }, 'linksShown');
  deepEqual(own.watches, [{ actor: 'child@here:1' }, { actor: 'far@there:1', monitor: 1 }]);
  const childs = await show({ type: 'inspectLinks', actor: 'child', ...page }, 'linksShown');
  deepEqual(childs.watchedBy, [{ actor: 'puppet@here:1#100002' }, { actor: 'far@there:1' }]);
});

test('rates are those since they were last asked for', async () => {
  const { show, system, actor, run, advance } = start();
  await show({ type: 'inspectRates', ...page }, 'ratesShown');
  advance(2000);
  for (let count = 0; count < 10; count++) system.send(actor, { type: 'note', text: 'x' });
  run();
  const { actors, periodMs } = await show({ type: 'inspectRates', ...page }, 'ratesShown');
  equal(periodMs, 2000);
  equal(actors.find(({ name }) => name === 'puppet')?.handledPerSecond, 5);
});

test('dead letters are shown newest first, with the counts of all', async () => {
  const { show, system } = start();
  const nobody = address<{ type: string }>('nobody', LONE_NODE);
  for (const type of ['one', 'two']) system.send(nobody, { type });
  const shown = await show({ type: 'inspectDeadLetters', ...page }, 'deadLettersShown');
  deepEqual(shown.countsByReason, { noProcess: 2 });
  deepEqual(
    shown.letters.map(({ type, reason, to }) => `${type} ${reason} ${to}`),
    ['two noProcess nobody@here:1', 'one noProcess nobody@here:1'],
  );
});

test('the flight recorder shows who handled what because of what', async () => {
  const { show, system, actor, run, carrier, story } = start();
  const open = { ...puppet, accepts: () => undefined };
  const echo = system.spawn(open, { story }, { name: 'echo' });
  run();
  carrier.deliverMessage('there:1', echo, {
    type: 'do',
    deed: (context: PuppetContext) => context.send(actor, { type: 'note', text: 'x' }),
  });
  run();
  const { records } = await show({ type: 'inspectRecords', ...page }, 'recordsShown');
  deepEqual(
    records.slice(1, 3).map(({ actor, type, node, causeNode, causeId }) => ({
      actor,
      type,
      node,
      cause: `${causeNode}/${causeId}`,
    })),
    [
      { actor: 'puppet', type: 'note', node: LONE_NODE, cause: 'there:1/1' },
      { actor: 'echo', type: 'do', node: 'there:1', cause: 'there:1/0' },
    ],
  );
  const some = await show({ type: 'inspectRecords', actor: 'puppet', ...page }, 'recordsShown');
  deepEqual(
    some.records.map(({ type }) => type),
    ['note'],
  );
});

test('who is not there is answered with a sentence', async () => {
  const { show } = start();
  const questions = [
    { type: 'inspectMailbox', ...page },
    { type: 'inspectState', path: [] },
    { type: 'inspectLinks', ...page },
  ] as const;
  for (const question of questions) {
    const { reason } = await show({ ...question, actor: 'nobody' }, 'nothingShown');
    equal(reason, 'Cannot show "nobody": no actor here has that name');
  }
});

test('other nodes ask like everybody, and malformed questions are refused', () => {
  const { carrier, run, takeDead } = start();
  const replyTo = address<InspectorReply>('shell', 'there:1');
  carrier.deliverMessage('there:1', inspector, { type: 'inspectNode', replyTo } as never, far);
  run();
  deepEqual(carrier.takeSent(), ['nodeShown inspector@here:1#100001 shell@there:1']);
  const malformed = [
    { type: 'inspectNode' },
    { type: 'inspectNode', replyTo: 'shell@there:1' },
    { type: 'inspectNode', replyTo, extra: 1 },
    { type: 'inspectActors', replyTo, offset: -1, countMax: 1 },
    { type: 'inspectActors', replyTo, offset: 0, countMax: PAGE_COUNT_MAX + 1 },
    { type: 'inspectState', replyTo, actor: 'x', path: Array(100).fill('x') },
    { type: 'inspectEverything', replyTo },
  ];
  for (const message of malformed) {
    carrier.deliverMessage('there:1', inspector, message as never, far);
  }
  run();
  deepEqual(
    takeDead(),
    malformed.map(({ type }) => `refused ${type}`),
  );
});

type Question = InspectorMessage extends infer Each
  ? Each extends InspectorMessage
    ? Omit<Each, 'replyTo'>
    : never
  : never;

function expect<Type extends InspectorReply['type']>(
  reply: InspectorReply,
  type: Type,
): Extract<InspectorReply, { readonly type: Type }> {
  equal(reply.type, type, JSON.stringify(reply));
  return reply as Extract<InspectorReply, { readonly type: Type }>;
}

function start() {
  const carrier = new FakeCarrier();
  const lone = loneSystem({ carrier });
  const story: string[] = [];
  const onStart = (context: PuppetContext) =>
    void context.spawn(puppet, { story }, { name: 'child', light: true });
  const actor = lone.system.spawn(puppet, { story, onStart });
  lone.run();
  story.length = 0;
  const ask = (question: Question): Promise<InspectorReply> =>
    lone.system.ask<InspectorMessage, InspectorReply>(
      inspector,
      (replyTo: Address<InspectorReply>) => ({ ...question, replyTo }) as InspectorMessage,
      1000,
    );
  const show = async <Type extends InspectorReply['type']>(question: Question, type: Type) => {
    const reply = ask(question);
    lone.run();
    return expect(await reply, type);
  };
  return { ...lone, carrier, story, actor, ask, show };
}
