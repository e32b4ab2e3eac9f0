/** The calls that change something, but for what agents have (`operator-resources.ts`); those that are not done yet say so by 501. */
import type { LoggingLevel } from '../../../../transport/http/logging-level.ts';
import { type HttpResponse, textResponse } from '../../../../transport/http/message.ts';
import type { FrameworkId } from '../../../protocol/ids.ts';
import { msOfNanoseconds } from '../../../protocol/v1/times.ts';
import type { MasterCommands } from '../master-commands.ts';
import { NOT_NOW } from '../old/read-route.ts';
import { agentChanges } from './agent-changes.ts';
import { grantChanges } from './grant-changes.ts';
import type { OperatorCallHandler, OperatorCallHandlers } from './operator-api.ts';
import type { ResourcesCall } from './operator-resources.ts';

type ChangeCall = Exclude<
  keyof OperatorCallHandlers,
  `GET_${string}` | 'SUBSCRIBE' | 'LIST_FILES' | 'READ_FILE' | ResourcesCall
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
    ...grantChanges(commands),
    UPDATE_MAINTENANCE_SCHEDULE: later('UPDATE_MAINTENANCE_SCHEDULE'),
    START_MAINTENANCE: later('START_MAINTENANCE'),
    STOP_MAINTENANCE: later('STOP_MAINTENANCE'),
    ...agentChanges(commands),
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
