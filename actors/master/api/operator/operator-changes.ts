/** The calls that change something, but for what agents have (`operator-resources.ts`) and machines (`maintenance-calls.ts`). */
import type { LoggingLevel } from '../../../../transport/http/logging-level.ts';
import { type HttpResponse, textResponse } from '../../../../transport/http/message.ts';
import type { FrameworkId } from '../../../protocol/ids.ts';
import { msOfNanoseconds } from '../../../protocol/v1/times.ts';
import type { MasterCommands } from '../master-commands.ts';
import { NOT_NOW } from '../old/read-route.ts';
import { agentChanges } from './agent-changes.ts';
import { grantChanges } from './grant-changes.ts';
import type { MaintenanceCall } from './maintenance-calls.ts';
import type { OperatorCallHandlers } from './operator-api.ts';
import type { ResourcesCall } from './operator-resources.ts';

type ChangeCall = Exclude<
  keyof OperatorCallHandlers,
  `GET_${string}` | MaintenanceCall | ResourcesCall | 'SUBSCRIBE' | 'LIST_FILES' | 'READ_FILE'
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
    ...agentChanges(commands),
  };
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
