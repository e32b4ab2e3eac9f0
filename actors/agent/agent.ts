/**
 * The agent: one machine's resources and what runs on them. This file is the switchboard; what the
 * agent does is in the tables it composes.
 *
 *     starting (recovery.ts) ──▶ (registration.ts) ──shutdownAgent──▶ ending ──▶ stopped
 * It registers when it has what an earlier life of it left running, or that is gone, so nothing runs
 * unaccounted. Told to shut down, by its host or by the master, it ends its executors, waits a
 * little for the last acknowledgements if there is a master, says goodbye and stops (ending.ts). Its
 * children, such as launcher, fetcher and status updates, take it down with them when they crash: it
 * begins anew, and recovers as after a restart.
 * Source: Mesos 1.11, src/slave/slave.cpp.
 */
import { defineActor } from '../../runtime/actor.ts';
import { acceptsAgentMessage } from '../protocol/accepts-agent.ts';
import { searchAmong } from '../protocol/masters.ts';
import { AGENT_NAME } from '../protocol/messages.ts';
import { checkpointer } from './checkpoint/checkpointer.ts';
import { drainingHandlers } from './draining.ts';
import { endWhenDone } from './ending.ts';
import { executorPreparationHandlers } from './executor-preparation.ts';
import { endExecutor, executorExited, executorHandlers } from './executors.ts';
import { fetcher } from './fetcher/fetcher.ts';
import { garbageCollector } from './garbage-collector.ts';
import { agentGauges } from './gauges.ts';
import { newHistory } from './history.ts';
import { httpExecutorExited, httpExecutorHandlers } from './http-executors.ts';
import { masterExited, mastershipHandlers } from './mastership.ts';
import { nodeReportHandlers } from './node-report.ts';
import { operatorHandlers } from './operators.ts';
import { oversubscriptionHandlers, watchUse } from './oversubscription/oversubscription.ts';
import { recoveryHandlers } from './recovery.ts';
import { BEFORE_REGISTRATION } from './registration.ts';
import { operationCarrier } from './resources/operation-carrier.ts';
import { operationHandlers } from './resources/operations.ts';
import { taskVolumeHandlers } from './resources/volume-news.ts';
import { heardFromTheRightOnes } from './senders.ts';
import type { AgentActorMessage, AgentHandlers, AgentOptions, AgentState } from './state.ts';
import { statusUpdates } from './status-updates.ts';
import { taskGroupHandlers } from './task-groups.ts';
import { taskHandlers } from './tasks.ts';
import { updateHandlers } from './updates.ts';

const lifeHandlers: AgentHandlers<
  'launcherFailed' | 'shutdownAgent' | 'shutdownDue' | 'checkpointDiscarded' | 'exited'
> = {
  launcherFailed(_, { cause }, context) {
    context.log.error(`Cannot run tasks: ${cause}`);
    context.stop();
  },

  shutdownAgent(state, { reason }, context) {
    if (state.ending !== undefined) return;
    if (state.recovery.phase !== 'over') {
      // What there is to end is known soon.
      state.recovery.shutdownReason = reason;
      return;
    }
    context.log.info(`Shutting down: ${reason}`);
    state.ending = { executorsGone: false, done: false };
    for (const framework of state.frameworks.values()) {
      for (const executor of framework.executors.values()) endExecutor(executor, context, state);
    }
    if (state.registrationTimer !== undefined) context.cancel(state.registrationTimer);
    if (state.missing !== undefined) context.cancel(state.missing.timer);
    const { executorShutdownGracePeriodMs, shutdownAcknowledgementWaitMs } = context.options;
    const atMostMs = executorShutdownGracePeriodMs + shutdownAcknowledgementWaitMs;
    context.sendSelfAfter(atMostMs, { type: 'shutdownDue' });
    endWhenDone(state, context);
  },

  shutdownDue({ checkpointer: keeper }, _, context) {
    // First nobody knows any more that this agent was here, then the master hears that it has gone.
    if (keeper !== undefined) context.send(keeper, { type: 'discard' });
  },

  checkpointDiscarded({ agentId, master }, _, context) {
    if (agentId !== undefined && master !== undefined) {
      context.send(master, { type: 'unregisterAgent', agentId });
    }
    context.stop();
  },

  exited(state, message, context) {
    if (masterExited(state, message, context) || httpExecutorExited(state, message)) return;
    executorExited(state, message, context);
  },
};

export const agent = defineActor<AgentOptions, AgentState, AgentActorMessage>({
  name: AGENT_NAME,
  initialState: ({ masters, registrationBackoffMs, info }) => ({
    recovery: {
      phase: 'reading',
      launcherReady: false,
      resourcesRead: false,
      beganMs: 0,
      tookMs: undefined,
      awaited: new Set(),
      shutdownReason: undefined,
    },
    agentId: undefined,
    registration: BEFORE_REGISTRATION,
    registrationTimer: undefined,
    missing: undefined,
    pingTimer: undefined,
    pingTimeoutMs: 0,
    search: searchAmong(masters),
    asked: undefined,
    unreachedCount: 0,
    returnSpreadMs: registrationBackoffMs,
    master: undefined,
    drain: undefined,
    frameworks: new Map(),
    containers: new Map(),
    httpExecutors: new Map(),
    activeTaskCount: 0,
    total: info.resources,
    resourceVersion: '',
    resourceRevision: 0,
    operations: new Map(),
    pastOperations: new Map(),
    occupied: [],
    oversubscribed: [],
    correctedMs: undefined,
    waiting: new Map(),
    completed: new Map(),
    history: newHistory(),
    launcher: undefined,
    fetcher: undefined,
    statusUpdates: undefined,
    checkpointer: undefined,
    operationCarrier: undefined,
    checkpointFull: false,
    garbageCollector: undefined,
    sandboxReadCount: 0,
    ending: undefined,
  }),
  started(state, context) {
    const { launcher, statusUpdateRetryMsMin, statusUpdateRetryMsMax, pendingUpdateCountMax } =
      context.options;
    const { workDirectory } = context.options;
    const { checkpoint: store, resources } = workDirectory;
    state.resourceVersion = context.uuid();
    const { metrics, info } = context.options;
    const counting = metrics && { metrics };
    state.recovery.beganMs = context.nowMs();
    metrics?.gauges('agent', () => agentGauges(state, info));
    state.checkpointer = context.spawn(
      checkpointer,
      { agent: context.self, store },
      { onCrash: 'escalate' },
    );
    state.operationCarrier = context.spawn(
      operationCarrier,
      {
        agent: context.self,
        store: resources,
        disk: workDirectory,
        resources: info.resources,
        retryDelayMsMin: statusUpdateRetryMsMin,
        retryDelayMsMax: statusUpdateRetryMsMax,
      },
      { onCrash: 'escalate' },
    );
    const { gcDelayMs, gcDiskHeadroom, diskWatchIntervalMs } = context.options;
    state.garbageCollector = context.spawn(
      garbageCollector,
      { disk: workDirectory, gcDelayMs, gcDiskHeadroom, diskWatchIntervalMs, ...counting },
      { onCrash: 'escalate' },
    );
    state.statusUpdates = context.spawn(
      statusUpdates,
      {
        agent: context.self,
        retryDelayMsMin: statusUpdateRetryMsMin,
        retryDelayMsMax: statusUpdateRetryMsMax,
        pendingCountMax: pendingUpdateCountMax,
      },
      { onCrash: 'escalate' },
    );
    state.launcher = launcher(context, context.self);
    watchUse(context);
    const { fetcher: fetcherOptions } = context.options;
    if (fetcherOptions !== undefined) {
      const options = { ...fetcherOptions, ...counting };
      state.fetcher = context.spawn(fetcher, options, { onCrash: 'escalate' });
    }
  },
  handlers: heardFromTheRightOnes({
    ...lifeHandlers,
    ...recoveryHandlers,
    ...mastershipHandlers,
    ...taskHandlers,
    ...taskGroupHandlers,
    ...drainingHandlers,
    ...oversubscriptionHandlers,
    ...executorHandlers,
    ...httpExecutorHandlers,
    ...executorPreparationHandlers,
    ...updateHandlers,
    ...operationHandlers,
    ...taskVolumeHandlers,
    ...operatorHandlers,
    ...nodeReportHandlers,
  }),
  accepts: acceptsAgentMessage,
  stopped(_, context) {
    context.options.metrics?.endGauges('agent');
    context.options.workDirectory.release().catch(() => {});
  },
});
