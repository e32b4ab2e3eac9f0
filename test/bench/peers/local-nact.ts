/**
 * The local workloads of test/bench/local.ts on plain nact, for the ratio in the same run.
 * usage: node local-nact.js WORKLOAD COUNT   prints one line of JSON
 */
import { dispatch, query, type Ref, spawn, start, stop } from 'nact';
import { report } from '../measure.ts';

const [workload = '', countText = '0'] = process.argv.slice(2);
const system = start();
let nameCount = 0;
const name = (prefix: string) => `${prefix}-${++nameCount}`;

type Token = { readonly left: number };

const workloads: Readonly<Record<string, (count: number) => Promise<void>>> = {
  pingPong: (count) =>
    new Promise((resolve) => {
      const ponger: Ref<{ from: Ref<Token>; left: number }> = spawn(
        system,
        (_, { from, left }: { from: Ref<Token>; left: number }) =>
          dispatch(from, { left: left - 1 }),
        name('ponger'),
      );
      const pinger: Ref<Token> = spawn(
        system,
        (_, { left }: Token) => {
          if (left > 0) dispatch(ponger, { from: pinger, left: left - 1 });
          else resolve();
        },
        name('pinger'),
      );
      dispatch(pinger, { left: count });
    }),

  ring: (count) =>
    new Promise((resolve) => {
      const members: Ref<Token>[] = [];
      for (let index = 0; index < 100; index++) {
        members.push(
          spawn(
            system,
            (_, { left }: Token) => {
              const next = members[(index + 1) % 100];
              if (left > 0 && next !== undefined) dispatch(next, { left: left - 1 });
              else resolve();
            },
            name('member'),
          ),
        );
      }
      const [first] = members;
      if (first !== undefined) dispatch(first, { left: count });
    }),

  fanIn: (count) =>
    new Promise((resolve) => {
      let left = count;
      const consumer = spawn(
        system,
        () => {
          if (--left === 0) resolve();
        },
        name('consumer'),
      );
      for (let index = 0; index < 8; index++) {
        const producer: Ref<Token> = spawn(
          system,
          (_, { left: toSend }: Token) => {
            const batch = Math.min(64, toSend);
            for (let item = 0; item < batch; item++) dispatch(consumer, { item });
            if (toSend > batch) dispatch(producer, { left: toSend - batch });
          },
          name('producer'),
        );
        dispatch(producer, { left: count / 8 });
      }
    }),

  async ask(count) {
    const server: Ref<{ from: Ref<number>; value: number }> = spawn(
      system,
      (_, { from, value }: { from: Ref<number>; value: number }) => dispatch(from, value),
      name('server'),
    );
    for (let value = 0; value < count; value++) {
      await query(server, (from: Ref<number>) => ({ from, value }), 5000);
    }
  },

  async spawnStop(count) {
    for (let index = 0; index < count; index++) {
      await new Promise<void>((resolve) => {
        const child = spawn(system, () => {}, name('child'), { afterStop: () => resolve() });
        stop(child);
      });
    }
  },
};

await report(workloads, workload, Number(countText));
process.exit(0);
