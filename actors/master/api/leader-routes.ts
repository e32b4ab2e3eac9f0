/**
 * Who may answer: most of what a master is asked only its leader can say.
 *
 * | who is asked                    | what a route for leaders answers                                   |
 * |---|---|
 * | the leader                      | the request                                                        |
 * | another master                  | 307 to `//leader:port` and the path, with the scheme left to the client |
 * | one that doesn't know who leads | 503 "No leader elected"                                            |
 * | the leader, not yet begun       | 503 "Master has not finished recovery"                             |
 *
 * `/redirect` is answered by 307 to the leader's root by each of them.
 * Source: Mesos 1.11, src/master/http.cpp, `redirect` and `Http::scheduler`.
 */
import {
  type HttpAnswer,
  type HttpGate,
  type HttpHandler,
  type HttpRoutes,
  textResponse,
} from '../../../transport/http/message.ts';
import { redirectTo } from '../../../transport/http/redirect.ts';
import type { AskLeadership } from './master-api.ts';

/** Lets requests in where this node's master leads. */
export function onLeader(askLeadership: AskLeadership): HttpGate {
  return async (head) => {
    const known = await askLeadership();
    if (known?.role === 'leading') return undefined;
    if (known?.role === 'beginning') return textResponse(503, 'Master has not finished recovery');
    return known?.leader === undefined ? NO_LEADER : redirectTo(known.leader, head);
  };
}

export function leaderRoutes(askLeadership: AskLeadership): HttpRoutes {
  const redirect: HttpHandler = async () => {
    const known = await askLeadership();
    if (known?.leader === undefined) return NO_LEADER;
    return { status: 307, headers: { location: `//${known.leader}` } };
  };
  return { '/redirect': { GET: redirect } };
}

const NO_LEADER: HttpAnswer = textResponse(503, 'No leader elected');
