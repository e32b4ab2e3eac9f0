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
import { fileRoutes } from '../../../transport/http/files/file-routes.ts';
import { logTree } from '../../../transport/http/files/log-tree.ts';
import { ServedFiles } from '../../../transport/http/files/served-files.ts';
import { loggingLevel } from '../../../transport/http/logging-level.ts';
import type { HttpRoutes } from '../../../transport/http/message.ts';
import { type NodeApiOptions, nodeFactsOf } from '../../../transport/http/node/node-options.ts';
import type { Domain } from '../../protocol/domain.ts';
import { MASTER_NAME } from '../../protocol/messages.ts';
import type { Leadership, MastershipMessage } from '../mastership.ts';
import type { MasterInbox } from '../messages.ts';
import { MasterMetrics } from '../metrics/master-metrics.ts';
import type { FrameworkRates } from '../rates/framework-rates.ts';
import { constraintsRoutes } from './constraints-routes.ts';
import { drainRoutes } from './drain-routes.ts';
import { type AskMaster, explainRoutes } from './explain-routes.ts';
import { leaderRoutes, onLeader } from './leader-routes.ts';
import { masterCommands } from './master-commands.ts';
import { metricsReader } from './master-metrics.ts';
import type { NodeFacts } from './node-facts.ts';
import { oldRoutes } from './old/old-routes.ts';
import { maintenanceCalls } from './operator/maintenance-calls.ts';
import { operatorRoute, READONLY_REALM } from './operator/operator-api.ts';
import { operatorChanges } from './operator/operator-changes.ts';
import { operatorFiles } from './operator/operator-files.ts';
import { operatorReads } from './operator/operator-reads.ts';
import { operatorResources } from './operator/operator-resources.ts';
import { subscribeHandler } from './operator/subscribe.ts';
import { readerOf } from './reader.ts';
import { schedulerRoutes } from './scheduler/scheduler-routes.ts';
import { modelEngine } from './snapshot/model-engine.ts';
import type { ReadEngine } from './snapshot/read-changes.ts';
import { Reads } from './snapshot/reads.ts';

export interface MasterApiOptions extends NodeApiOptions {
  /** Default: one that encodes here. */
  readonly engine?: ReadEngine;
  /** Operators who listen to events at a time; the oldest goes first. Default 1000, as in Mesos. */
  readonly subscriberCountMax?: number;
  /** Default true: whether each framework has metrics of its own. */
  readonly frameworkMetrics?: boolean;
  /** How fast frameworks may call; shared with the master. */
  readonly rates?: FrameworkRates;
  /** Where this master is. */
  readonly domain?: Domain;
}

/** What routes may ask. */
export interface MasterApiNode {
  readonly system: System;
  readonly mastership: Address<MastershipMessage>;
}

export interface MasterApi {
  readonly routes: HttpRoutes;
  /** For the master of this node, whenever it leads. */
  readonly reads: Reads;
  /** Before this, whatever needs the actors is answered as if nobody was known to lead. */
  open(node: MasterApiNode): void;
  close(): Promise<void>;
}

/** Asks the mastership of this node; undefined while there is none yet. */
export type AskLeadership = () => Promise<Leadership | undefined>;

/** Within the process, and the handler doesn't block: longer only where the whole loop stands still. */
const ASK_TIMEOUT_MS = 10_000;
/** Source: Mesos, src/master/constants.hpp. */
const HEARTBEAT_INTERVAL_MS = 15_000;
/** Operators who listen to events at a time; the oldest goes. Source: as above. */
const SUBSCRIBER_COUNT_MAX = 1000;

export function masterApi(options: MasterApiOptions): MasterApi {
  const { engine = modelEngine(), subscriberCountMax = SUBSCRIBER_COUNT_MAX } = options;
  const own = nodeFactsOf(options);
  const { flags, verbosity } = own;
  let node: MasterApiNode | undefined;
  const leadership: AskLeadership = async () =>
    node?.system
      .ask<MastershipMessage, Leadership>(
        node.mastership,
        (replyTo) => ({ type: 'describeLeadership', replyTo }),
        ASK_TIMEOUT_MS,
      )
      // After such a pause somebody else may lead: the client asks again.
      .catch(() => undefined);
  const heartbeatIntervalMs = HEARTBEAT_INTERVAL_MS;
  const metrics = new MasterMetrics(options.frameworkMetrics);
  const reads = new Reads({ engine, heartbeatIntervalMs, subscriberCountMax, flags, metrics });
  const nowMs = () => node?.system.host.nowMs() ?? 0;
  let startedMs = 0;
  const reader = readerOf(reads, nowMs);
  const facts: NodeFacts = {
    ...own,
    domain: options.domain,
    leadership,
    startedMs: () => startedMs,
    node: () => node?.system.node ?? '',
  };
  const system = () => node?.system;
  const readMetrics = metricsReader({ reader, facts, system });
  const commands = masterCommands(system);
  const files = new ServedFiles(logTree('/master/log', own.logFile));
  const logging = loggingLevel(verbosity, () => node?.system.host);
  const first = onLeader(leadership);
  const schedulers = schedulerRoutes(leadership, metrics, options);
  const askMaster: AskMaster = async (message) => {
    if (node === undefined) return undefined;
    const { system } = node;
    return system.ask(address<MasterInbox>(MASTER_NAME, system.node), message, ASK_TIMEOUT_MS);
  };
  return {
    reads,
    routes: {
      ...oldRoutes({ onLeader: first, reader, facts, commands, logging, system, readMetrics }),
      '/api/v1': operatorRoute(first, {
        ...operatorReads(reader, facts, readMetrics),
        ...operatorChanges(commands, logging),
        ...maintenanceCalls(commands),
        ...operatorResources(commands),
        ...operatorFiles(files),
        SUBSCRIBE: subscribeHandler(reads, system),
      }),
      ...leaderRoutes(leadership),
      ...fileRoutes(files, READONLY_REALM),
      ...schedulers.routes,
      ...explainRoutes(askMaster, first),
      ...drainRoutes(commands, first),
      ...constraintsRoutes(askMaster, first),
    },
    open(opened) {
      node = opened;
      schedulers.open(opened.system);
      startedMs = nowMs();
      const master = address<MasterInbox>(MASTER_NAME, opened.system.node);
      reads.open(startedMs, () => opened.system.send(master, { type: 'readsDue' }));
    },
    close: () => engine.close(),
  };
}
