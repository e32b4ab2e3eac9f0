/**
 * The agent: one machine's resources and what runs on them. This file is the switchboard; what the
 * agent does is in the tables it composes.
 *
 *     starting ──launcherReady──▶ (registration.ts) ──shutdownAgent──▶ ending ──▶ stopped
 * It registers when its launcher has ended what an earlier life left running, so nothing runs
 * unaccounted. Told to shut down, by its host or by the master, it ends its executors, waits a
 * little for the last acknowledgements if there is a master, says goodbye and stops (ending.ts). Its children, launcher, fetcher and
 * status updates, take it down with them when they crash: it is then a new agent, and begins anew.
 * Source: Mesos 1.11, src/slave/slave.cpp.
 */
import { defineActor } from '../../runtime/actor.ts';
import { acceptsAgentMessage } from '../protocol/accepts.ts';
import { searchAmong } from '../protocol/masters.ts';
import { AGENT_NAME } from '../protocol/messages.ts';
import { endWhenDone } from './ending.ts';
import { executorPreparationHandlers } from './executor-preparation.ts';
import { endExecutor, executorExited, executorHandlers } from './executors.ts';
import { fetcher } from './fetcher/fetcher.ts';
import { newHistory } from './history.ts';
import { httpExecutorExited, httpExecutorHandlers } from './http-executors.ts';
import { masterExited, mastershipHandlers, step } from './mastership.ts';
import { nodeReportHandlers } from './node-report.ts';
import { operatorHandlers } from './operators.ts';
import { BEFORE_REGISTRATION } from './registration.ts';
import { heardFromTheRightOnes } from './senders.ts';
import type { AgentActorMessage, AgentHandlers, AgentOptions, AgentState } from './state.ts';
import { statusUpdates } from './status-updates.ts';
import { taskGroupHandlers } from './task-groups.ts';
import { taskHandlers } from './tasks.ts';
import { updateHandlers } from './updates.ts';

const lifeHandlers: AgentHandlers<
  'launcherReady' | 'launcherFailed' | 'shutdownAgent' | 'shutdownDue' | 'exited'
> = {
  launcherReady(state, { leftoverCount }, context) {
    if (leftoverCount > 0) {
      context.log.warn(`Ended ${leftoverCount} containers that an earlier life left running`);
    }
    step(state, 'ready', context);
  },

  launcherFailed(_, { cause }, context) {
    context.log.error(`Cannot run tasks: ${cause}`);
    context.stop();
  },

  shutdownAgent(state, { reason }, context) {
    if (state.ending !== undefined) return;
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

  shutdownDue(state, _, context) {
    const { agentId, master } = state;
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
  initialState: ({ masters, registrationBackoffMs }) => ({
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
    frameworks: new Map(),
    containers: new Map(),
    httpExecutors: new Map(),
    activeTaskCount: 0,
    occupied: [],
    waiting: new Map(),
    completed: new Map(),
    history: newHistory(),
    launcher: undefined,
    fetcher: undefined,
    statusUpdates: undefined,
    sandboxReadCount: 0,
    ending: undefined,
  }),
  started(state, context) {
    const { launcher, statusUpdateRetryMsMin, statusUpdateRetryMsMax, pendingUpdateCountMax } =
      context.options;
    const { fetcher: options } = context.options;
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
    if (options !== undefined) {
      state.fetcher = context.spawn(fetcher, options, { onCrash: 'escalate' });
    }
  },
  handlers: heardFromTheRightOnes({
    ...lifeHandlers,
    ...mastershipHandlers,
    ...taskHandlers,
    ...taskGroupHandlers,
    ...executorHandlers,
    ...httpExecutorHandlers,
    ...executorPreparationHandlers,
    ...updateHandlers,
    ...operatorHandlers,
    ...nodeReportHandlers,
  }),
  accepts: acceptsAgentMessage,
  stopped(_, context) {
    context.options.workDirectory.release().catch(() => {});
  },
});
