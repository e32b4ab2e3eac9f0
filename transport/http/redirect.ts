/** 307 to another node, as Mesos' masters send their clients to the leader. */
import type { HttpRequestHead, HttpResponse } from './message.ts';

/**
 * The location has no scheme: clients keep the one they came by.
 * @param node `host:port` as clients dial it
 */
export function redirectTo(node: string, { target }: HttpRequestHead): HttpResponse {
  return { status: 307, headers: { location: `//${node}${target}` } };
}
