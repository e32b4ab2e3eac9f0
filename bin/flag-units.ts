/**
 * What the value of a flag may look like: units of time and size, addresses, choices. Each reads
 * text into the value that the rest works with, or says what such a value looks like.
 */
import type { LogLevel } from '../runtime/log.ts';

export interface FlagUnit<Value> {
  /** How `--help` calls a value: `--port NUMBER`. */
  readonly placeholder: string;
  /** `file:///x` is the path `/x`, and not what is in that file. */
  readonly isPath?: true;
  /** It is named alone, or with `no-` before it, or has one of the words of a truth as its value. */
  readonly isToggle?: true;
  /** @throws FlagValueFault */
  read(text: string): Value;
  /** As Mesos prints such a value; absent: as it was given. */
  print?(value: Value): string;
}

/** `message` is the end of a sentence that begins with the flag and its value. */
export class FlagValueFault extends Error {
  override readonly name = 'FlagValueFault';
}

export const text: FlagUnit<string> = {
  placeholder: 'TEXT',
  read(value) {
    if (value === '') throw new FlagValueFault('it must not be empty');
    return value;
  },
};

export const path: FlagUnit<string> = { placeholder: 'PATH', isPath: true, read: text.read };

const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1000,
  sec: 1000,
  secs: 1000,
  min: 60_000,
  mins: 60_000,
  h: 3_600_000,
  hrs: 3_600_000,
  d: 86_400_000,
  days: 86_400_000,
  weeks: 604_800_000,
};

/** The longest delay that Node's timers can wait: 2^31 - 1 ms, somewhat under 25 days. */
const DURATION_MS_MAX = 2_147_483_647;

/** The longest that is told, somewhat over 300 years. */
const AGE_MS_MAX = 1e13;

/**
 * Milliseconds, of what no timer waits for. Mesos' units (`ns` to `weeks`) and the short ones; a bare
 * number is refused.
 */
export const age: FlagUnit<number> = {
  placeholder: 'DURATION',
  read(value) {
    const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(value) ?? [];
    const unitMs = MILLISECONDS[unit];
    if (unitMs === undefined) {
      throw new FlagValueFault('a duration is a number with a unit, such as 500ms, 15s or 10mins');
    }
    const ageMs = Number(amount) * unitMs;
    if (ageMs > AGE_MS_MAX) throw new FlagValueFault('the longest is 15000weeks');
    return ageMs;
  },
  print: printDuration,
};

/** As Mesos prints it: in the largest unit of which it is a whole number. */
function printDuration(durationMs: number): string {
  const unit =
    ['weeks', 'days', 'hrs', 'mins', 'secs', 'ms', 'us'].find(
      (name) => durationMs > 0 && Number.isInteger(durationMs / (MILLISECONDS[name] ?? 1)),
    ) ?? 'ns';
  return `${durationMs / (MILLISECONDS[unit] ?? 1)}${unit}`;
}

/** Milliseconds that a timer can wait. */
export const duration: FlagUnit<number> = {
  placeholder: 'DURATION',
  read(value) {
    const durationMs = age.read(value);
    if (durationMs > DURATION_MS_MAX) throw new FlagValueFault('the longest duration is 24days');
    return durationMs;
  },
  print: printDuration,
};

/** A duration that is not nothing: for intervals and timeouts that would otherwise spin. */
export const positiveDuration: FlagUnit<number> = {
  placeholder: 'DURATION',
  read(value) {
    const durationMs = duration.read(value);
    if (durationMs < 1) throw new FlagValueFault('it must be at least 1ms');
    return durationMs;
  },
  print: printDuration,
};

/** One that is at most so long. */
export function durationUpTo(text: string): FlagUnit<number> {
  const durationMsMax = duration.read(text);
  return {
    placeholder: 'DURATION',
    read(value) {
      const durationMs = positiveDuration.read(value);
      if (durationMs > durationMsMax) throw new FlagValueFault(`it must be at most ${text}`);
      return durationMs;
    },
  };
}

/** A part of a whole. */
export const ratio: FlagUnit<number> = {
  placeholder: 'RATIO',
  read(value) {
    if (!/^[01](\.\d+)?$/.test(value) || Number(value) > 1) {
      throw new FlagValueFault('a part of a whole is a number from 0 to 1, such as 0.1');
    }
    return Number(value);
  },
};

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
  TB: 2 ** 40,
};

/** Bytes; the units are powers of 1024, as in Mesos. */
export const bytes: FlagUnit<number> = {
  placeholder: 'BYTES',
  read(value) {
    const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]?B)$/.exec(value) ?? [];
    const unitBytes = BYTES[unit];
    if (unitBytes === undefined) {
      throw new FlagValueFault('a size is a number with a unit, such as 64KB, 512MB or 2GB');
    }
    return Math.round(Number(amount) * unitBytes);
  },
};

/** MiB, as memory and disk are counted; a bare number is MiB, too. */
export const mebibytes: FlagUnit<number> = {
  placeholder: 'SIZE',
  read(value) {
    const size = /^\d+(\.\d+)?$/.test(value) ? Number(value) : bytes.read(value) / 2 ** 20;
    const rounded = Math.round(size * 1000) / 1000;
    if (rounded <= 0) throw new FlagValueFault('it must be more than nothing');
    return rounded;
  },
};

/** A whole number in these bounds. */
export function count(countMin: number, countMax: number): FlagUnit<number> {
  return {
    placeholder: 'NUMBER',
    read(value) {
      const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
      if (number >= countMin && number <= countMax) return number;
      throw new FlagValueFault(
        countMin === countMax
          ? `it must be ${countMin}`
          : `it must be a whole number from ${countMin} to ${countMax}`,
      );
    },
  };
}

/** More than nothing, with at most three decimals: how much of a scalar resource. */
export const amount: FlagUnit<number> = {
  placeholder: 'NUMBER',
  read(value) {
    const number = /^\d+(\.\d{1,3})?$/.test(value) ? Number(value) : Number.NaN;
    if (number >= 0.001 && number <= 1e9) return number;
    throw new FlagValueFault('it must be a number above 0 with at most three decimals');
  },
};

/** Port 0 asks the system for a free one. */
export const port: FlagUnit<number> = { ...count(0, 65_535), placeholder: 'PORT' };

/**
 * Some or all masters, as `host:port,host:port`; a bare host stands for Mesos' well-known port,
 * `[::1]:5050` for IPv6. Read as the same text with all ports in it.
 */
export const masterAddresses: FlagUnit<string> = {
  placeholder: 'HOST:PORT,…',
  read(value) {
    if (value.startsWith('zk://')) {
      throw new FlagValueFault(
        'there is no ZooKeeper to ask; name some or all masters as host:port,host:port',
      );
    }
    const nodes = value.split(',').map((text) => nodeAddress(text.trim()));
    if (new Set(nodes).size < nodes.length) throw new FlagValueFault('each master is named once');
    return nodes.join(',');
  },
};

/** Of one master. */
export const masterAddress: FlagUnit<string> = {
  placeholder: 'HOST:PORT',
  read: (value) => nodeAddress(value.trim()),
};

/** Of a master: who all of them are. Of a cluster on one machine: how many there are. */
export const masters: FlagUnit<number | readonly string[]> = {
  placeholder: 'HOST:PORT,…|COUNT',
  read: (value) =>
    /^\d+$/.test(value) ? count(1, 9).read(value) : masterAddresses.read(value).split(','),
};

export type RegistryPlace =
  | { readonly kind: 'memory' }
  /** `path`: of its directory; undefined: where it is by default. */
  | { readonly kind: 'raft'; readonly path: string | undefined }
  /** `endpoints`: `host:port`, each of the same etcd. */
  | { readonly kind: 'etcd'; readonly endpoints: readonly string[] };

/** Mesos' words for two of them are `in_memory` and `replicated_log`. */
export const registry: FlagUnit<RegistryPlace> = {
  placeholder: 'raft[:DIR]|etcd://HOST:PORT,…|memory',
  read(value) {
    if (value === 'memory' || value === 'in_memory') return { kind: 'memory' };
    if (value === 'replicated_log') return { kind: 'raft', path: undefined };
    if (value.startsWith('etcd:')) return { kind: 'etcd', endpoints: etcdEndpoints(value) };
    const [, path] = /^raft(?::(.+))?$/.exec(value) ?? [];
    if (path === undefined && value !== 'raft') {
      throw new FlagValueFault(
        'it is memory, raft, raft:DIR with the directory to keep it in, or etcd://HOST:PORT,HOST:PORT',
      );
    }
    return { kind: 'raft', path };
  },
};

/** The ports of etcd's clients; one that is not given is etcd's well-known one. */
function etcdEndpoints(value: string): readonly string[] {
  const [, list = ''] = /^etcd:\/\/([^/]+)\/?$/.exec(value) ?? [];
  if (list.includes('@')) {
    throw new FlagValueFault(
      'the masters speak to etcd without a user; leave out what stands before @',
    );
  }
  const endpoints = list.split(',').map((text) => nodeAddress(text.trim(), '2379'));
  if (new Set(endpoints).size < endpoints.length) {
    throw new FlagValueFault('each endpoint is named once');
  }
  return endpoints;
}

function nodeAddress(text: string, portDefault = '5050'): string {
  const [, host, portText = portDefault] =
    /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const number = Number(portText);
  if (host === undefined || number < 1 || number > 65_535) {
    throw new FlagValueFault('an address looks like host:port, such as 127.0.0.1:5050');
  }
  return `${host}:${number}`;
}

export function choice<const Name extends string>(...names: readonly Name[]): FlagUnit<Name> {
  return {
    placeholder: names.join('|'),
    read(value) {
      const name = names.find((candidate) => candidate === value);
      if (name !== undefined) return name;
      throw new FlagValueFault(`it must be one of ${names.join(', ')}`);
    },
  };
}

/** `--x`, `--no-x`, `--x=true`; in the environment always with a value. */
export const toggle: FlagUnit<boolean> = {
  placeholder: 'true|false',
  isToggle: true,
  read: (value) => ['true', '1'].includes(choice('true', 'false', '1', '0').read(value)),
  print: String,
};

const LOG_LEVELS_OF_MESOS: Readonly<Record<string, LogLevel>> = {
  INFO: 'info',
  WARNING: 'warn',
  ERROR: 'error',
};

/** A level of the log, or one of the words that Mesos has for three of them. */
export const logLevel: FlagUnit<LogLevel> = {
  placeholder: 'trace|debug|info|warn|error|fatal',
  read(value) {
    const level = LOG_LEVELS_OF_MESOS[value];
    return level ?? choice('trace', 'debug', 'info', 'warn', 'error', 'fatal').read(value);
  },
  print: (level) =>
    Object.entries(LOG_LEVELS_OF_MESOS).find(([, ours]) => ours === level)?.[0] ?? level,
};

/** `a,b,c`; each name once and not empty. */
export const names: FlagUnit<readonly string[]> = {
  placeholder: 'NAME,…',
  read(value) {
    const list = value.split(',').map((name) => name.trim());
    if (list.includes('') || new Set(list).size < list.length) {
      throw new FlagValueFault('names are separated by commas, and each is there once');
    }
    return list;
  },
};

/** `a,b|c`: classes, the first one first; each name once. */
export const classes: FlagUnit<readonly (readonly string[])[]> = {
  placeholder: 'NAME,…|…',
  read(value) {
    const lists = value.split('|').map((part) => names.read(part));
    if (new Set(lists.flat()).size < lists.flat().length) {
      throw new FlagValueFault('each name is in one class only');
    }
    return lists;
  },
};

/** `1/10mins`: so many in that time. Milliseconds between two of them. */
export const rate: FlagUnit<number> = {
  placeholder: 'COUNT/DURATION',
  read(value) {
    const [, number = '', rest = ''] = /^(\d{1,9})\/(.+)$/.exec(value) ?? [];
    if (!(Number(number) > 0)) {
      throw new FlagValueFault('a rate is a number in a time, such as 1/10mins or 2/1hrs');
    }
    return Math.ceil(positiveDuration.read(rest) / Number(number));
  },
};

/** `role=2,other=0.5` */
export const weights: FlagUnit<readonly { readonly role: string; readonly weight: number }[]> = {
  placeholder: 'ROLE=WEIGHT,…',
  read(value) {
    const entries = value.split(',').map((entry) => {
      const [, role, weight] = /^([^=\s]+)=(\d+(?:\.\d+)?)$/.exec(entry) ?? [];
      if (role === undefined || !(Number(weight) > 0)) {
        throw new FlagValueFault('weights look like analytics=2,web=0.5, each above 0');
      }
      return { role, weight: Number(weight) };
    });
    if (new Set(entries.map(({ role }) => role)).size < entries.length) {
      throw new FlagValueFault('each role has one weight');
    }
    return entries;
  },
};
