/** Why an etcd doesn't do what the masters ask of it, with what to do about it. */
import { asAdvice, CodedError, describeError } from '../../../runtime/errors.ts';

export const ETCD_ERRORS = {
  etcdUnreachable:
    'Start etcd there, or name the endpoints that answer: --registry etcd://HOST:PORT,HOST:PORT',
  etcdVersion:
    'Name the client port of an etcd of version 3.4 or later, with its HTTP gateway (--enable-grpc-gateway)',
  etcdForbidden: 'Let the masters have an etcd of their own, in which auth is disabled',
  etcdFull:
    'Compact and defragment etcd, then end its alarm with etcdctl alarm disarm; --auto-compaction-retention prevents it',
  etcdLimit:
    'Start etcd with its default limits or greater ones (--max-request-bytes, --max-txn-ops)',
  etcdRefused: 'Look at what etcd logs',
  etcdForeign:
    'Give each cluster a name of its own (--cluster), and name the endpoints of one etcd',
  etcdLeaseLost: 'Nothing: the master takes part again with another lease',
} as const;

export type EtcdErrorCode = keyof typeof ETCD_ERRORS;

/** Longer ones are cut: somebody else's text, for a log. */
const MESSAGE_LENGTH_MAX = 500;

export function etcdError(code: EtcdErrorCode, sentence: string, cause?: unknown): CodedError {
  return new CodedError(code, sentence, ETCD_ERRORS[code], cause);
}

/** What went wrong with a question, as plain data. */
export interface EtcdFault {
  /** Of `etcdError`, of `registryError`; or `other`. */
  readonly code: string;
  readonly sentence: string;
  readonly remedy: string;
}

export function faultOf(error: unknown): EtcdFault {
  if (error instanceof CodedError) {
    return { code: error.code, sentence: error.message, remedy: asAdvice(error.remedy) };
  }
  return {
    code: 'other',
    sentence: describeError(error),
    remedy: asAdvice(ETCD_ERRORS.etcdRefused),
  };
}

/** Whether asking again can't help before somebody has done something about it. */
export function isFinal({ code }: EtcdFault): boolean {
  return ['registryNewer', 'registryDamaged', 'etcdForeign'].includes(code);
}

/** Whether it is an answer of something that the masters can't work with at all. */
export function isUnfit({ code }: EtcdFault): boolean {
  return isFinal({ code } as EtcdFault) || code === 'etcdVersion' || code === 'etcdForbidden';
}

/** Whether etcd has said that it did not do it. */
export function isRefusal({ code }: EtcdFault): boolean {
  return ['etcdForbidden', 'etcdFull', 'etcdLimit', 'etcdLeaseLost'].includes(code);
}

/**
 * An answer that is none: an error of etcd's, or of something else that listens there.
 * Source: etcd 3.4, etcdserver/api/v3rpc/rpctypes/error.go.
 */
export function refusalOf(status: number, text: string): CodedError {
  const message = messageOf(text);
  if (message === undefined) {
    const sentence = `Cannot use what answers in place of etcd: it said ${status} (${cut(text)})`;
    // A proxy in front of etcd says 502 and the like while etcd is away.
    return etcdError(status >= 500 ? 'etcdRefused' : 'etcdVersion', sentence);
  }
  const rule = RULES.find(([pattern]) => pattern.test(message));
  return etcdError(rule?.[1] ?? 'etcdRefused', `Cannot have it done by etcd: ${cut(message)}`);
}

const RULES: readonly (readonly [RegExp, EtcdErrorCode])[] = [
  [/lease not found/, 'etcdLeaseLost'],
  [/user name is empty|permission denied|invalid auth token|authentication/i, 'etcdForbidden'],
  [/database space exceeded/, 'etcdFull'],
  [/request is too large|larger than max|too many operations/, 'etcdLimit'],
  [/unknown (service|method)|not implemented/i, 'etcdVersion'],
];

function messageOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { message, error } = value as Readonly<Record<string, unknown>>;
    return [message, error].find((one): one is string => typeof one === 'string');
  } catch {
    return undefined;
  }
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MESSAGE_LENGTH_MAX ? `${line.slice(0, MESSAGE_LENGTH_MAX)}…` : line;
}
