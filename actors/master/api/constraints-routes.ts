/**
 * `GET /hierarchical-allocator(1)/offer_constraints_debug`: for each role of each framework the agents
 * that its offer constraints exclude, and the roles that it suppresses.
 * Source: Mesos 1.11, src/master/allocator/mesos/hierarchical.cpp, offerConstraintsDebug.
 */
import { withJsonp } from '../../../transport/http/jsonp.ts';
import {
  type HttpGate,
  type HttpRoutes,
  jsonResponse,
  textResponse,
} from '../../../transport/http/message.ts';
import type { ConstraintsDescribed } from '../allocator/messages.ts';
import type { AskMaster } from './explain-routes.ts';
import { READONLY_REALM } from './operator/operator-api.ts';

export function constraintsRoutes(askMaster: AskMaster, first: HttpGate): HttpRoutes {
  return {
    '/hierarchical-allocator(1)/offer_constraints_debug': {
      realm: READONLY_REALM,
      first,
      async GET(request) {
        const answer = await askMaster<ConstraintsDescribed>((replyTo) => {
          return { type: 'describeConstraints', replyTo };
        });
        if (answer?.type !== 'constraintsDescribed') return textResponse(503, 'No leader elected');
        const frameworks = Object.fromEntries(
          answer.frameworks.map(({ frameworkId, suppressedRoles, excluded }) => [
            frameworkId,
            {
              suppressed_roles: suppressedRoles,
              excluded_by_attribute_constraints: Object.fromEntries(excluded),
            },
          ]),
        );
        return withJsonp(request, jsonResponse(200, { frameworks }));
      },
    },
  };
}
