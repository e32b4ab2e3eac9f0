/** Why an agent cannot go on where an earlier life of it ended. */
import { CodedError } from '../../runtime/errors.ts';

/** Every code given here, with what to do about it. */
export const RECOVERY_ERRORS = {
  checkpointForeign:
    'Start the version that wrote it, or another work directory; or remove meta/slaves/latest there, which gives its tasks up',
  checkpointDamaged:
    'Look after the disk; remove meta/slaves/latest in the work directory to begin as a new agent, which ends what the old one left running',
  reconfigurationRefused:
    'Start it as it was; or with --reconfiguration-policy additive where something was only added; or give its tasks up: start it once with --recover cleanup, then as it is to be',
  resourcesDamaged:
    'Look after the disk; remove meta/resources/checkpoint in the work directory to give its dynamic reservations up, and the volumes, whose data stays in volumes/roles',
  resourcesIncompatible:
    'Start it with --resources that have all of that, or as it was; or take the volumes and reservations back before they go from the flag',
} as const;

export function recoveryError(code: keyof typeof RECOVERY_ERRORS, sentence: string): CodedError {
  return new CodedError(code, sentence, RECOVERY_ERRORS[code]);
}
