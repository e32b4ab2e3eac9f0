/** What clients say to the members of Messor's groups that are measured. */
import type { Address } from '../../../runtime/actor.ts';
import {
  acceptor,
  boolean,
  bytes,
  integer,
  object,
  string,
  union,
} from '../../../runtime/decode.ts';

export const DOOR_NAME = 'door';

export type FromWriter =
  /** Answered by one `written`. */
  | {
      readonly type: 'write';
      readonly key: string;
      readonly value: Uint8Array;
      readonly number: number;
      readonly replyTo: Address<FromDoor>;
    }
  | { readonly type: 'describe'; readonly number: number; readonly replyTo: Address<FromDoor> };

export type FromDoor =
  /** It is durable, unless `refused`. */
  | { readonly type: 'written'; readonly number: number; readonly refused?: string }
  | {
      readonly type: 'described';
      readonly number: number;
      readonly leads: boolean;
      /** Undefined while it is not known. */
      readonly leader?: string;
      readonly appliedIndex: number;
    };

const whole = integer(0, Number.MAX_SAFE_INTEGER);
const text = string(256);
const replyTo = object<{ name: string; node: string; incarnation?: number }>(
  { name: text, node: text },
  { incarnation: whole },
);

export const acceptsFromWriter = acceptor(
  union<FromWriter, 'type'>('type', {
    write: [{ key: text, value: bytes(2 ** 20), number: whole, replyTo }],
    describe: [{ number: whole, replyTo }],
  }),
);

export const acceptsFromDoor = acceptor(
  union<FromDoor, 'type'>('type', {
    written: [{ number: whole }, { refused: text }],
    described: [{ number: whole, leads: boolean, appliedIndex: whole }, { leader: text }],
  }),
);
