/** The calls that change something or open something; those that are not done yet say so by 501. */
import type { LoggingLevel } from '../../../../transport/http/logging-level.ts';
import { type HttpResponse, textResponse } from '../../../../transport/http/message.ts';
import type { FrameworkId } from '../../../protocol/ids.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { msOfNanoseconds } from '../../../protocol/v1/times.ts';
import { toWeight } from '../../../protocol/v1/to-nouns/operators.ts';
import type { MasterCommands } from '../master-commands.ts';
import { NOT_NOW } from '../old/read-route.ts';
import { agentChanges } from './agent-changes.ts';
import type { MaintenanceCall } from './maintenance-calls.ts';
import type { OperatorCallHandler, OperatorCallHandlers } from './operator-api.ts';

type ChangeCall = Exclude<
  keyof OperatorCallHandlers,
  `GET_${string}` | MaintenanceCall | 'SUBSCRIBE' | 'LIST_FILES' | 'READ_FILE'
>;

export function operatorChanges(
  commands: MasterCommands,
  logging: LoggingLevel,
): Pick<OperatorCallHandlers, ChangeCall> {
  return {
    TEARDOWN: async ({ call }) =>
      teardown(commands, (call.teardown?.framework_id.value ?? '') as FrameworkId),
    SET_LOGGING_LEVEL: ({ call: { set_logging_level: asked } }) => {
      const durationMs = msOfNanoseconds(asked?.duration.nanoseconds ?? 0n);
      const refused = logging.set(asked?.level ?? 0, durationMs);
      return refused === undefined ? { status: 200 } : textResponse(400, refused);
    },
    UPDATE_WEIGHTS: ({ call }) => updateWeights(commands, call.update_weights?.weight_infos ?? []),
    RESERVE_RESOURCES: later('RESERVE_RESOURCES'),
    UNRESERVE_RESOURCES: later('UNRESERVE_RESOURCES'),
    CREATE_VOLUMES: later('CREATE_VOLUMES'),
    DESTROY_VOLUMES: later('DESTROY_VOLUMES'),
    GROW_VOLUME: later('GROW_VOLUME'),
    SHRINK_VOLUME: later('SHRINK_VOLUME'),
    ...agentChanges(commands),
    UPDATE_QUOTA: later('UPDATE_QUOTA'),
    SET_QUOTA: later('SET_QUOTA'),
    REMOVE_QUOTA: later('REMOVE_QUOTA'),
  };
}

export function later(what: string): OperatorCallHandler {
  return () => textResponse(501, `Cannot do ${what}: this version does not support it`);
}

/** Also for the old `/teardown`. */
export async function teardown(
  commands: MasterCommands,
  frameworkId: FrameworkId,
): Promise<HttpResponse> {
  const refused = await commands.teardown(frameworkId);
  if (refused === undefined) return { status: 200 };
  if (refused === 'notLeader') return NOT_NOW;
  return textResponse(400, 'No framework found with specified ID');
}

/** Also for the old `/weights`. */
export async function updateWeights(
  commands: MasterCommands,
  weights: readonly V1<'WeightInfo'>[],
): Promise<HttpResponse> {
  const refused = await commands.updateWeights(weights.map(toWeight));
  if (refused === undefined) return { status: 200 };
  return refused === 'notLeader' ? NOT_NOW : textResponse(400, refused);
}
