/** What can happen to a message between the sender and the handler, and what is said about it. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AnyAddress,
  defineActor,
  type SpawnSettings,
  type Tagged,
} from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import { DEAD_LETTER_COUNT_MAX } from '../../runtime/dead-letters.ts';
import { FakeCarrier } from '../kit/fake-carrier.ts';
import { LONE_NODE, loneSystem } from '../kit/lone-system.ts';
import { type PuppetContext, type PuppetMessage, puppet } from './actors.ts';

const there = 'there:1';
const far = address<PuppetMessage>('far', there);

test('messages from one actor to another arrive in the order they were sent', () => {
  const { system, actor, run, story } = start();
  for (let count = 0; count < 200; count++) system.send(actor, note(`${count}`));
  run();
  deepEqual(
    story,
    Array.from({ length: 200 }, (_, count) => `puppet: ${count}`),
  );
});

test('a message for nobody is a dead letter, and so is one for an old incarnation', () => {
  const { system, actor, run, takeDead, story } = start();
  system.send(address<PuppetMessage>('nobody', LONE_NODE), note('x'));
  let self = actor;
  system.send(actor, {
    type: 'do',
    deed: (context) => {
      self = context.self;
    },
  });
  run();
  system.send(self, note('exact'));
  system.send(actor, { type: 'crash', text: 'boom' });
  run();
  system.send(self, note('too late'));
  system.send(actor, note('by name'));
  run();
  deepEqual(takeDead(), ['noProcess note', 'crashed crash', 'staleIncarnation note']);
  deepEqual(story, ['puppet: exact', 'puppet stopped', 'puppet started', 'puppet: by name']);
});

test('a message of a type without a handler is a dead letter, also when `Object` knows the word', () => {
  const { system, actor, run, takeDead, takeLogged } = start();
  for (const type of ['unheardOf', 'constructor', '__proto__', 'toString']) {
    system.send(actor, { type } as never);
  }
  run();
  deepEqual(takeDead(), [
    'unknownType unheardOf',
    'unknownType constructor',
    'unknownType __proto__',
    'unknownType toString',
  ]);
  deepEqual(takeLogged(), ['warn Dead letter (unknownType): "unheardOf" for puppet@here:1#100002']);
});

test('a full mailbox that says `dropNew` keeps the oldest', () => {
  const { story, takeDead } = overflowing({ overflow: 'dropNew' });
  deepEqual(story, ['puppet: 1', 'puppet: 2']);
  deepEqual(takeDead(), ['overflow note', 'overflow note']);
});

test('a full mailbox that says `dropOld` keeps the newest', () => {
  const { story, takeDead } = overflowing({ overflow: 'dropOld' });
  deepEqual(story, ['puppet: 3', 'puppet: 4']);
  deepEqual(takeDead(), ['overflow note', 'overflow note']);
});

test('a full mailbox that says `crash` makes its actor crash, and the supervisor decides', () => {
  const { story, takeDead, takeLogged } = overflowing({ overflow: 'crash' });
  deepEqual(story, ['puppet stopped', 'puppet started', 'puppet: 1', 'puppet: 2']);
  deepEqual(takeDead(), ['overflow note', 'overflow note']);
  match(takeLogged().join('\n'), /Cannot keep more than 2 waiting messages for "puppet"/);
});

test('timers find room in a full mailbox, and `dropOld` does not drop them', () => {
  const { system, actor, advance, story, takeDead } = start({
    mailboxCountMax: 1,
    overflow: 'dropOld',
  });
  system.send(actor, {
    type: 'do',
    deed: (context) => void context.sendSelfAfter(5, note('timer')),
  });
  advance(4);
  const hold = system.intercept(({ message }) => (message.type === 'note' ? 'hold' : 'deliver'));
  system.send(actor, note('old'));
  advance(1);
  system.send(actor, note('new'));
  hold.remove();
  advance(0);
  deepEqual(story, ['puppet: timer', 'puppet: new']);
  deepEqual(takeDead(), ['overflow note']);
});

test('a flood from elsewhere costs an actor nothing of what its own children report', () => {
  const { system, actor, run, story, takeDead } = start({ mailboxCountMax: 1 });
  system.send(actor, {
    type: 'do',
    deed(context) {
      const report = (child: PuppetContext) => child.send(actor, note('report'));
      context.spawn(puppet, { story: [], onStart: report }, { name: 'child' });
      for (let count = 1; count <= 3; count++) context.send(context.self, note(`own ${count}`));
    },
  });
  run();
  deepEqual(story, ['puppet: own 1', 'puppet: own 2', 'puppet: own 3', 'puppet: report']);
  deepEqual(takeDead(), []);
});

test('dead letters say from where, to whom, and which message led to them', () => {
  const { system, actor, run } = start();
  system.send(actor, {
    type: 'do',
    deed: (context) => context.send(address<PuppetMessage>('nobody', LONE_NODE), note('x')),
  });
  run();
  const [letter] = system.deadLetters();
  equal(letter?.from?.name, 'puppet');
  equal(letter?.to.name, 'nobody');
  equal(letter?.causeNode, LONE_NODE);
  equal(letter?.id, (letter?.causeId ?? 0) + 1);
});

test('only the newest dead letters are kept; all are counted', () => {
  const { system } = start();
  const nobody = address<PuppetMessage>('nobody', LONE_NODE);
  for (let count = 0; count < DEAD_LETTER_COUNT_MAX + 5; count++) {
    system.send(nobody, note(`${count}`));
  }
  const letters = system.deadLetters();
  equal(letters.length, DEAD_LETTER_COUNT_MAX);
  deepEqual(letters[0]?.message, note('5'));
  equal(system.metrics().deadLetterCounts.noProcess, DEAD_LETTER_COUNT_MAX + 5);
});

test('worrying dead letters are logged once a second for each reason, with how many came', () => {
  const { system, actor, run, advance, logged } = start();
  for (let count = 0; count < 10; count++) system.send(actor, { type: 'unheardOf' } as never);
  run();
  advance(1000);
  system.send(actor, { type: 'unheardOf' } as never);
  run();
  const warnings = logged.filter(({ level }) => level === 'warn');
  deepEqual(
    warnings.map(({ fields }) => fields?.['silentCount']),
    [undefined, 9],
  );
});

// ------------------------------------------------------------------------- between nodes

test('what comes from another node always says so, also when it names no sender', () => {
  const { carrier, system, run } = start();
  const senders: (AnyAddress | undefined)[] = [];
  const witness = system.spawn(
    defineActor<Record<never, never>, undefined, { readonly type: 'look' }>({
      name: 'witness',
      initialState: () => undefined,
      accepts: () => undefined,
      handlers: { look: (_state, _message, { sender }) => void senders.push(sender) },
    }),
    {},
  );
  system.send(witness, { type: 'look' });
  carrier.deliverMessage(there, witness, { type: 'look' }, far);
  carrier.deliverMessage(there, witness, { type: 'look' });
  run();
  deepEqual(
    senders.map((sender) => sender?.node),
    [undefined, there, there],
  );
});

test('what is for another node goes to the carrier, with id and cause', () => {
  const { system, actor, run, carrier } = start();
  system.send(actor, { type: 'do', deed: (context) => context.send(far, note('hello')) });
  run();
  const [signal] = carrier.sent;
  equal(signal?.kind, 'message');
  if (signal?.kind !== 'message') return;
  deepEqual(signal.message, note('hello'));
  deepEqual(signal.from, { node: LONE_NODE, name: 'puppet', incarnation: 100_002 });
  equal(signal.causeNode, LONE_NODE);
  equal(signal.id, signal.causeId + 1);
});

test('without a carrier, what is for another node is a dead letter', () => {
  const { system, takeDead } = loneSystem();
  system.send(far, note('hello'));
  deepEqual(takeDead(), ['noConnection note']);
});

test('what the carrier gives back is a dead letter with its reason', () => {
  const { system, carrier, takeDead } = start();
  system.send(far, note('hello'));
  const [signal] = carrier.sent;
  if (signal?.kind === 'message') carrier.giveBack(signal, 'congested');
  deepEqual(takeDead(), ['congested note']);
});

test('what comes from another node is looked at before it enters the mailbox', () => {
  const { carrier, actor, run, story, takeDead, logged } = start();
  carrier.deliverMessage(there, actor, note('welcome'), far);
  carrier.deliverMessage(there, actor, { type: 'crash', text: 'evil' }, far);
  run();
  deepEqual(story, ['puppet: welcome']);
  deepEqual(takeDead(), ['refused crash']);
  equal(logged.at(-1)?.fields?.['fault'], '"crash" is not for outsiders');
});

test('an actor that does not say what it accepts gets nothing from other nodes', () => {
  const { carrier, system, run, story, takeDead } = start();
  const { accepts: _, ...closed } = puppet;
  const actor = system.spawn(closed, { story }, { name: 'closed' });
  run();
  carrier.deliverMessage(there, actor, note('x'), far);
  run();
  deepEqual(takeDead(), ['refused note']);
});

test('no other node can say `exited`, speak for a third one, or send what is no message', () => {
  const { carrier, actor, run, takeDead, story, system } = start();
  const open = system.spawn({ ...puppet, accepts: () => undefined }, { story }, { name: 'open' });
  run();
  carrier.deliverMessage(there, open, { type: 'exited', address: far, reason: 'stopped' }, far);
  carrier.deliverMessage('liar:1', actor, note('x'), far);
  for (const bad of [null, 'text', {}, { type: 7 }]) {
    carrier.deliverMessage(there, actor, bad as never, far);
  }
  run();
  deepEqual(takeDead().slice(0, 2), ['refused exited', 'refused note']);
  equal(system.metrics().deadLetterCounts.refused, 6);
});

test('an `accepts` that throws refuses, and nobody crashes', () => {
  const { carrier, system, run, story, takeDead } = start();
  const accepts = ({ type }: Tagged) => {
    throw new Error(`no idea what to do about ${type}`);
  };
  const actor = system.spawn({ ...puppet, accepts }, { story }, { name: 'nervous' });
  run();
  carrier.deliverMessage(there, actor, note('x'), far);
  deepEqual(takeDead(), ['refused note']);
});

test('what another node sent keeps its number, and is the cause of what follows', () => {
  const { carrier, system, run, story } = start();
  const definition = {
    ...puppet,
    accepts: () => undefined,
    handlers: {
      ...puppet.handlers,
      note: (_: unknown, __: unknown, context: import('./actors.ts').PuppetContext) =>
        context.send(far, note('answer')),
    },
  };
  const actor = system.spawn(definition, { story }, { name: 'echo' });
  run();
  carrier.deliverMessage(there, actor, note('question'), far);
  run();
  const [signal] = carrier.sent;
  if (signal?.kind === 'message') deepEqual([signal.causeNode, signal.causeId], [there, 1]);
  equal(signal?.kind, 'message');
});

function note(text: string): PuppetMessage {
  return { type: 'note', text };
}

function overflowing(settings: SpawnSettings) {
  const started = start({ mailboxCountMax: 2, ...settings });
  for (let count = 1; count <= 4; count++) started.system.send(started.actor, note(`${count}`));
  started.run();
  return started;
}

function start(settings: SpawnSettings = {}) {
  const carrier = new FakeCarrier();
  const lone = loneSystem({ carrier });
  const story: string[] = [];
  const actor = lone.system.spawn(puppet, { story }, settings);
  lone.run();
  story.length = 0;
  lone.takeLogged();
  return { ...lone, carrier, story, actor };
}
