/**
 * `POST /drain/cancel`: an agent that is draining takes tasks again. Beyond Mesos.
 *
 * | body, as a form      | answer                                                        |
 * |---|---|
 * | `agentId=ID`         | 200 when the registry has it; what was killed stays killed     |
 * | another agent, or one that isn't draining | 400                                        |
 * | one that is just drained, or being marked gone | 409                                    |
 */
import { formValue, parseFormBody } from '../../../transport/http/form.ts';
import { type HttpGate, type HttpRoutes, textResponse } from '../../../transport/http/message.ts';
import type { AgentId } from '../../protocol/ids.ts';
import type { MasterCommands } from './master-commands.ts';
import { ordered } from './operator/agent-changes.ts';
import { READWRITE_REALM } from './operator/operator-api.ts';

export function drainRoutes(commands: MasterCommands, first: HttpGate): HttpRoutes {
  return {
    '/drain/cancel': {
      realm: READWRITE_REALM,
      first,
      POST({ body }) {
        const form = parseFormBody(body);
        const agentId = form && formValue(form, 'agentId');
        if (agentId === undefined)
          return textResponse(400, "Missing 'agentId' in the request body");
        return ordered(commands, { type: 'cancelDrain', agentId: agentId as AgentId });
      },
    },
  };
}
