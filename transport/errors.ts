/** Why a transport can't start, with what to do about it. */
import { CodedError } from '../runtime/errors.ts';

export const TRANSPORT_ERRORS = {
  addressInUse: 'Choose another port with --port, or stop the process that has it',
  addressUnavailable: "Choose one of this machine's own addresses, or 0.0.0.0 for all of them",
  addressUnknown: 'Choose a host name that can be looked up, or an address of this machine',
  addressForbidden: 'Choose a port above 1023, or run as a user who may use it',
  listenFailed: 'Choose another address or port',
  clusterNameInvalid: 'Choose a name of one line, with up to 255 characters',
  nodeNameInvalid:
    'Advertise a host name (letters, digits, ".", "-", "_") or an address, and a port',
} as const;

export type TransportErrorCode = keyof typeof TRANSPORT_ERRORS;

export function transportError(
  code: TransportErrorCode,
  sentence: string,
  cause?: unknown,
): CodedError {
  return new CodedError(code, sentence, TRANSPORT_ERRORS[code], cause);
}

const LISTEN_FAULTS: Readonly<Record<string, readonly [TransportErrorCode, string]>> = {
  EADDRINUSE: ['addressInUse', 'the port is in use'],
  EADDRNOTAVAIL: ['addressUnavailable', 'this machine has no such address'],
  ENOTFOUND: ['addressUnknown', 'the host name is unknown'],
  EAI_AGAIN: ['addressUnknown', 'the host name could not be looked up'],
  EACCES: ['addressForbidden', 'this user may not use the port'],
};

export function listenError(where: string, error: Error & { readonly code?: string }): CodedError {
  const [code, reason] = LISTEN_FAULTS[error.code ?? ''] ?? ['listenFailed', error.message];
  return transportError(code, `Cannot listen on ${where}: ${reason}`, error);
}
