/** What stands in the entries of a replicated log, as bytes: its first one says which kind it is. */
import { ByteReader, ByteWriter } from '../../../consensus/bytes.ts';
import { describeError } from '../../../runtime/errors.ts';
import { damaged } from '../registry/lines.ts';

export type LogOperation =
  /** Who has this token writes from here on. */
  | { readonly kind: 'begin'; readonly token: string; readonly holder: string }
  | {
      readonly kind: 'append';
      readonly epoch: number;
      readonly sequence: number;
      readonly data: Uint8Array;
    }
  /** Entries before `to` are given up. */
  | { readonly kind: 'truncate'; readonly epoch: number; readonly to: number };

const BEGIN = 1;
const APPEND = 2;
const TRUNCATE = 3;

export function encodeLogOperation(operation: LogOperation): Uint8Array {
  const size = operation.kind === 'append' ? operation.data.length + 21 : 1024;
  const writer = new ByteWriter(size);
  switch (operation.kind) {
    case 'begin':
      writer.u8(BEGIN);
      writer.sizedText(operation.token);
      writer.sizedText(operation.holder);
      break;
    case 'append':
      writer.u8(APPEND);
      writer.whole(operation.epoch);
      writer.whole(operation.sequence);
      writer.sizedBytes(operation.data);
      break;
    case 'truncate':
      writer.u8(TRUNCATE);
      writer.whole(operation.epoch);
      writer.whole(operation.to);
  }
  return writer.written();
}

/** `data` shares memory with `bytes`. @throws CodedError `registryDamaged` */
export function decodeLogOperation(bytes: Uint8Array): LogOperation {
  try {
    const reader = new ByteReader(bytes);
    const kind = reader.u8();
    if (kind === BEGIN) {
      return { kind: 'begin', token: reader.sizedText(), holder: reader.sizedText() };
    }
    if (kind === APPEND) {
      const [epoch, sequence] = [reader.whole(), reader.whole()];
      return { kind: 'append', epoch, sequence, data: reader.sizedBytes() };
    }
    if (kind === TRUNCATE) {
      return { kind: 'truncate', epoch: reader.whole(), to: reader.whole() };
    }
    throw new RangeError(`kind ${kind} is not known here`);
  } catch (error) {
    throw damaged('an entry of a replicated log', describeError(error), error);
  }
}

/** The data of an append; undefined for what is none. */
export function appendedData(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes[0] !== APPEND) return undefined;
  const operation = decodeLogOperation(bytes);
  return operation.kind === 'append' ? operation.data : undefined;
}
