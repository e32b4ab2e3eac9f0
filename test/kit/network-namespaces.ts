/**
 * Machines that are none: network namespaces, joined by a switch, between which the wire can be cut, in
 * one direction or in both. Nothing of the network of this machine itself is touched.
 *
 *     10.213.0.1 ──┐
 *     10.213.0.2 ──┼── switch (a bridge in a namespace of its own)
 *     10.213.0.3 ──┘
 *
 * What is cut is lost without a word, as by a broken switch: the frames go to a card that nobody has.
 * Nobody is refused, and no connection ends by it.
 */
import { spawnSync } from 'node:child_process';
import { type Afterwards, lastFirst } from './programs.ts';

export interface Machine {
  /** What starts a program there, see `ProgramSettings`. */
  readonly through: readonly string[];
  readonly address: string;
}

export interface Network {
  readonly machines: readonly Machine[];
  /** Nothing that these send arrives at those any more. */
  cutOneWay(from: readonly Machine[], to: readonly Machine[]): void;
  cut(some: readonly Machine[], others: readonly Machine[]): void;
  /** Everything arrives again. */
  heal(): void;
}

/** Of a network card that there isn't. */
const NOBODY = '02:00:00:00:00:00';

/** @returns why there can be no such network on this machine, as a clause, if so */
export function whyNoNamespaces(): string | undefined {
  const name = `messor-${process.pid}-try`;
  const { error, status } = spawnSync('ip', ['netns', 'add', name]);
  if (error !== undefined) return 'there is no program ip; install iproute2';
  if (status !== 0) return 'only root may make network namespaces';
  spawnSync('ip', ['netns', 'delete', name]);
  return undefined;
}

export function startNetwork(afterwards: Afterwards, count: number): Network {
  const nameOf = (part: string | number) => `messor-${process.pid}-${part}`;
  const switchName = nameOf('switch');
  const made: string[] = [];
  const make = (name: string) => {
    ip('netns', 'add', name);
    made.push(name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  };
  lastFirst(afterwards, async () => {
    for (const name of made) spawnSync('ip', ['netns', 'delete', name]);
  });

  make(switchName);
  ip('-n', switchName, 'link', 'add', 'switch', 'type', 'bridge');
  ip('-n', switchName, 'link', 'set', 'switch', 'up');
  const machines = Array.from({ length: count }, (_, index): Machine & { name: string } => {
    const name = nameOf(index + 1);
    const address = `10.213.0.${index + 1}`;
    const port = `port${index + 1}`;
    make(name);
    const peer = ['peer', 'name', port, 'netns', switchName];
    ip('-n', name, 'link', 'add', 'eth0', 'type', 'veth', ...peer);
    ip('-n', switchName, 'link', 'set', port, 'master', 'switch', 'up');
    ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
    return { name, address, through: ['ip', 'netns', 'exec', name] };
  });
  const namesOf = (some: readonly Machine[]) =>
    machines.filter((one) => some.includes(one)).map(({ name }) => name);

  const neighbour = (name: string, address: string, what: 'replace' | 'delete') => {
    const card = what === 'replace' ? ['lladdr', NOBODY, 'nud', 'permanent'] : [];
    ip('-n', name, 'neighbour', what, address, 'dev', 'eth0', ...card);
  };
  const wrong: { readonly name: string; readonly address: string }[] = [];
  const cutOneWay: Network['cutOneWay'] = (from, to) => {
    for (const name of namesOf(from)) {
      for (const { address } of to) {
        neighbour(name, address, 'replace');
        const isKnown = wrong.some((one) => one.name === name && one.address === address);
        if (!isKnown) wrong.push({ name, address });
      }
    }
  };
  return {
    machines,
    cutOneWay,
    cut(some, others) {
      cutOneWay(some, others);
      cutOneWay(others, some);
    },
    heal() {
      for (const { name, address } of wrong.splice(0)) neighbour(name, address, 'delete');
    },
  };
}

function ip(...words: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Cannot run ip ${words.join(' ')}: ${stderr}`);
}
