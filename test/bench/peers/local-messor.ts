/**
 * The local workloads of test/bench/local.ts on Messor's runtime, as a node runs it: counters, causal
 * ids, flight recorder and bounded mailboxes on.
 * usage: node local-messor.js WORKLOAD COUNT   prints one line of JSON
 */
import { type Address, defineActor, type Exited } from '../../../runtime/actor.ts';
import { nodeHost } from '../../../runtime/node-host.ts';
import { createSystem } from '../../../runtime/system.ts';
import { report } from '../measure.ts';

const [workload = '', countText = '0'] = process.argv.slice(2);
const system = createSystem({
  node: '127.0.0.1:1',
  incarnation: 1,
  host: nodeHost({ logSink: () => {} }),
});

interface Token {
  readonly type: 'token';
  readonly left: number;
}
type Peer = { readonly type: 'meet'; readonly other: Address<Token> } | Token;
interface Resolve {
  readonly resolve: () => void;
}

/** Passes the token on until nothing is left of it. */
const passer = defineActor<Resolve, { other: Address<Token> | undefined }, Peer>({
  name: 'passer',
  initialState: () => ({ other: undefined }),
  handlers: {
    meet(state, { other }) {
      state.other = other;
    },
    token(state, { left }, context) {
      if (left === 0 || state.other === undefined) context.options.resolve();
      else context.send(state.other, { type: 'token', left: left - 1 });
    },
  },
});

const circle = (size: number, count: number) =>
  new Promise<void>((resolve) => {
    const members = Array.from({ length: size }, () => system.spawn(passer, { resolve: done }));
    members.forEach((member, index) => {
      const other = members[(index + 1) % size];
      if (other !== undefined) system.send(member, { type: 'meet', other });
    });
    const [first] = members;
    if (first !== undefined) system.send(first, { type: 'token', left: count });
    function done() {
      for (const member of members) system.stop(member);
      resolve();
    }
  });

const consumer = defineActor<
  Resolve & { readonly count: number },
  { left: number },
  { readonly type: 'item'; readonly item: number }
>({
  name: 'consumer',
  initialState: ({ count }) => ({ left: count }),
  handlers: {
    item(state, _, context) {
      if (--state.left > 0) return;
      context.options.resolve();
      context.stop();
    },
  },
});

const producer = defineActor<
  { readonly to: Address<{ readonly type: 'item'; readonly item: number }> },
  null,
  Token
>({
  name: 'producer',
  initialState: () => null,
  handlers: {
    token(_, { left }, context) {
      const batch = Math.min(64, left);
      for (let item = 0; item < batch; item++) {
        context.send(context.options.to, { type: 'item', item });
      }
      if (left > batch) context.send(context.self, { type: 'token', left: left - batch });
      else context.stop();
    },
  },
});

interface Answer {
  readonly type: 'answer';
  readonly value: number;
}
interface Question {
  readonly type: 'question';
  readonly value: number;
  readonly replyTo: Address<Answer>;
}

const server = defineActor<null, null, Question>({
  name: 'server',
  initialState: () => null,
  handlers: {
    question: (_, { value, replyTo }, context) => context.send(replyTo, { type: 'answer', value }),
  },
});

const asker = defineActor<
  Resolve & { readonly server: Address<Question>; readonly count: number },
  { left: number },
  { readonly type: 'next' } | { readonly type: 'late' }
>({
  name: 'asker',
  initialState: ({ count }) => ({ left: count }),
  handlers: {
    next(state, _, context) {
      if (state.left-- > 0) {
        context.ask(
          context.options.server,
          (replyTo: Address<Answer>) => ({ type: 'question' as const, value: state.left, replyTo }),
          {
            timeoutMs: 5000,
            onReply: () => ({ type: 'next' }),
            onTimeout: () => ({ type: 'late' }),
          },
        );
        return;
      }
      context.stop(context.self);
      context.options.resolve();
    },
    late() {
      throw new Error('A question to an idle actor was not answered in time');
    },
  },
});

const child = defineActor<null, null, { readonly type: 'never' }>({
  name: 'child',
  initialState: () => null,
  handlers: { never() {} },
});

/** Starts a child, links it, stops it, hears of it; and again. */
const parent = defineActor<
  Resolve & { readonly count: number; readonly light: boolean },
  { left: number },
  { readonly type: 'next' } | Exited
>({
  name: 'parent',
  initialState: ({ count }) => ({ left: count }),
  handlers: {
    next: (state, _, context) => {
      if (state.left-- === 0) {
        context.stop();
        context.options.resolve();
        return;
      }
      const address = context.spawn(child, null, { light: context.options.light });
      context.link(address);
      context.stop(address);
    },
    exited: (_, __, context) => context.send(context.self, { type: 'next' }),
  },
});

const spawnStop = (count: number, light: boolean) =>
  new Promise<void>((resolve) => {
    system.send(system.spawn(parent, { resolve, count, light }), { type: 'next' });
  });

const workloads: Readonly<Record<string, (count: number) => Promise<void>>> = {
  pingPong: (count) => circle(2, count),
  ring: (count) => circle(100, count),
  fanIn: (count) =>
    new Promise<void>((resolve) => {
      const to = system.spawn(consumer, { resolve, count }, { mailboxCountMax: count });
      for (let index = 0; index < 8; index++) {
        system.send(system.spawn(producer, { to }), { type: 'token', left: count / 8 });
      }
    }),
  ask: (count) =>
    new Promise<void>((resolve) => {
      const options = { resolve, server: system.spawn(server, null), count };
      system.send(system.spawn(asker, options), { type: 'next' });
    }),
  spawnStop: (count) => spawnStop(count, false),
  spawnStopLight: (count) => spawnStop(count, true),
};

await report(workloads, workload, Number(countText));
process.exit(0);
