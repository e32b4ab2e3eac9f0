/**
 * What a master's node answers over HTTP: the table of all its routes.
 *
 * Routes are made before there is an actor, for the port is opened first; they are given the actors as
 * soon as these are there. Each file of this room that has routes says in its head what they answer.
 * Source of the paths: Mesos 1.11, src/master/master.cpp, `Master::initialize`.
 */
import type { Address } from '../../../runtime/actor.ts';
import { address } from '../../../runtime/address.ts';
import type { System } from '../../../runtime/system.ts';
import { type HttpRoutes, jsonResponse } from '../../../transport/http/message.ts';
import { MASTER_NAME, type MasterMessage } from '../../protocol/messages.ts';
import type { Leadership, MastershipMessage } from '../mastership.ts';
import { type AskMaster, explainRoutes } from './explain-routes.ts';
import { leaderRoutes, onLeader } from './leader-routes.ts';
import { schedulerRoutes } from './scheduler/scheduler-routes.ts';

/** What routes may ask. */
export interface MasterApiNode {
  readonly system: System;
  readonly mastership: Address<MastershipMessage>;
}

export interface MasterApi {
  readonly routes: HttpRoutes;
  /** Before this, whatever needs the actors is answered as if nobody was known to lead. */
  open(node: MasterApiNode): void;
}

/** Asks the mastership of this node; undefined while there is none yet. */
export type AskLeadership = () => Promise<Leadership | undefined>;

/** Within the process, and the handler doesn't block: longer only where the whole loop stands still. */
const ASK_TIMEOUT_MS = 10_000;

export function masterApi({ version }: { readonly version: string }): MasterApi {
  let node: MasterApiNode | undefined;
  const askLeadership: AskLeadership = async () =>
    node?.system.ask<MastershipMessage, Leadership>(
      node.mastership,
      (replyTo) => ({ type: 'describeLeadership', replyTo }),
      ASK_TIMEOUT_MS,
    );
  const schedulers = schedulerRoutes(askLeadership, version);
  const askMaster: AskMaster = async (message) => {
    if (node === undefined) return undefined;
    const { system } = node;
    return system.ask(address<MasterMessage>(MASTER_NAME, system.node), message, ASK_TIMEOUT_MS);
  };
  return {
    routes: {
      '/health': { GET: () => ({ status: 200 }) },
      '/version': { GET: () => jsonResponse(200, { version }) },
      ...leaderRoutes(askLeadership),
      ...schedulers.routes,
      ...explainRoutes(askMaster, onLeader(askLeadership)),
    },
    open(opened) {
      node = opened;
      schedulers.open(opened.system);
    },
  };
}
