/** Why a registry can't be read or kept, with what to do about it. */
import { CodedError } from '../../../runtime/errors.ts';

export const REGISTRY_ERRORS = {
  registryNewer: 'Upgrade this master',
  registryDamaged: 'Let this master take the registry from the others, or restore a copy of it',
} as const;

export type RegistryErrorCode = keyof typeof REGISTRY_ERRORS;

export function registryError(
  code: RegistryErrorCode,
  sentence: string,
  cause?: unknown,
): CodedError {
  return new CodedError(code, sentence, REGISTRY_ERRORS[code], cause);
}
