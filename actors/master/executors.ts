/**
 * Executors that frameworks brought along: their end, and what they and their schedulers have to say
 * to each other. Messages are passed on as they are, at most once.
 */
import { countEvent, countJudged } from './counters.ts';
import { dropExecutor, isExpected } from './executor-records.ts';
import type { MasterHandlers } from './messages.ts';
import { activeSender, registeredSender } from './senders.ts';

export const executorHandlers: MasterHandlers<
  'executorExited' | 'executorMessage' | 'schedulerMessage' | 'shutdownExecutor'
> = {
  executorExited(state, { agentId, frameworkId, executorId, status }, context) {
    const agent = registeredSender(state, agentId, context);
    if (agent === undefined) return;
    const record = agent.executors.get(frameworkId)?.get(executorId);
    // While a task for it is on its way this may be the end of its predecessor. If it is not, the
    // next launch starts it again, or the agent says so when it is asked for idle executors.
    if (record !== undefined) {
      if (isExpected(agent, record)) record.mayHaveEnded = true;
      else dropExecutor(state, agent, record, context);
    }
    const framework = state.frameworks.get(frameworkId);
    if (framework?.status !== 'active' || framework.scheduler === undefined) return;
    context.send(framework.scheduler, { type: 'failed', agentId, executorId, status });
    countEvent(frameworkId, 'FAILURE', context);
  },

  executorMessage(state, { agentId, frameworkId, executorId, data }, context) {
    const isHere = registeredSender(state, agentId, context) !== undefined;
    const framework = isHere ? state.frameworks.get(frameworkId) : undefined;
    const scheduler = framework?.status === 'active' ? framework.scheduler : undefined;
    countJudged('toFramework', scheduler !== undefined, context);
    if (scheduler === undefined) return;
    context.send(scheduler, { type: 'executorMessage', agentId, executorId, data });
    countEvent(frameworkId, 'MESSAGE', context);
  },

  schedulerMessage(state, { frameworkId, agentId, executorId, data }, context) {
    if (activeSender(state, frameworkId, context) === undefined) return;
    const agent = state.agents.registered.get(agentId);
    countJudged('toExecutor', agent?.connected === true, context);
    if (agent === undefined || !agent.connected) return;
    context.send(agent.address, { type: 'schedulerMessage', frameworkId, executorId, data });
  },

  shutdownExecutor(state, { frameworkId, agentId, executorId }, context) {
    if (activeSender(state, frameworkId, context) === undefined) return;
    const agent = state.agents.registered.get(agentId);
    if (agent === undefined || !agent.connected) return;
    context.send(agent.address, { type: 'shutdownExecutor', frameworkId, executorId });
  },
};
