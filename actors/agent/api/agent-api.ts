/**
 * What an agent's node answers over HTTP: the table of all its routes.
 *
 * Routes are made before there is an actor, for the port is opened first; they are given the actors as
 * soon as these are there. Each file of this room that has routes says in its head what they answer.
 * Source of the paths: Mesos 1.11, src/slave/slave.cpp, `Slave::initialize`.
 */
import { type HttpRoutes, jsonResponse } from '../../../transport/http/message.ts';

export function agentRoutes({ version }: { readonly version: string }): HttpRoutes {
  return {
    '/health': { GET: () => ({ status: 200 }) },
    '/version': { GET: () => jsonResponse(200, { version }) },
  };
}
