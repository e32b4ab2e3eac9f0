/**
 * A scheduler for simulations that is written with the SDK: launches short scripted tasks on whatever it
 * is offered, some of them in groups, kills a few, and writes down in a ledger what it hears.
 */
import { defineScheduler, type SchedulerCalls } from '../../actors/framework/index.ts';
import type { TaskId } from '../../actors/protocol/ids.ts';
import { hear, type JobOptions, openJobsOf, restMs } from './jobs.ts';
import { hearOperation } from './keeping.ts';
import { answerOffer } from './offer-answers.ts';

type Own =
  /** From ourselves: this one is not wanted any more. */
  | { readonly type: 'killDue'; readonly taskId: TaskId }
  /** From ourselves: time to ask for jobs of former lives. */
  | { readonly type: 'askDue' }
  /** From ourselves: there may be work again. */
  | { readonly type: 'moreDue' }
  /** From the simulation: everything is done, the framework ends. */
  | { readonly type: 'leave' };

interface JobState {
  asking: boolean;
  /** It wants no offers, for a while. */
  resting: boolean;
}

export const jobScheduler = defineScheduler<JobOptions, JobState, Own>({
  name: 'jobs',
  info: ({ ledger, info }) => ({ name: ledger.name, user: 'simulation', ...info }),
  initialState: () => ({ asking: false, resting: false }),
  on: {
    subscribed(state, { frameworkId }, driver, context) {
      const { ledger } = context.options;
      ledger.frameworkId = frameworkId;
      ledger.openedMs ??= context.nowMs();
      if (state.asking) return;
      state.asking = true;
      askForOldJobs(context.options, driver);
      context.sendSelfAfter(context.options.askIntervalMs, { type: 'askDue' });
    },

    offers(state, { offers }, driver, context) {
      const { options } = context;
      const random = () => context.random();
      options.ledger.offeredMs = context.nowMs();
      const filters = { refuseMs: 1000 };
      for (const offer of offers) {
        const answer = answerOffer(offer, options, random, context.nowMs());
        // What is not accepted is declined by the driver's hand.
        if (answer.type === 'decline') continue;
        const { jobs } = answer.type === 'launch' ? answer.launch : answer;
        for (const { taskId } of jobs) {
          if (context.random() >= options.killProbability) continue;
          const delayMs = context.random() * options.sleepMsMax;
          context.sendSelfAfter(delayMs, { type: 'killDue', taskId });
        }
        if (answer.type === 'operate') {
          driver.accept([offer], answer.operations, filters);
          continue;
        }
        const { tasks, groupExecutor } = answer.launch;
        if (groupExecutor === undefined) driver.launch(offer, tasks, filters);
        else driver.launchGroup(offer, { executor: groupExecutor, tasks }, filters);
      }
      const waitMs = restMs(options, random, context.nowMs());
      if (waitMs === undefined || state.resting) return;
      state.resting = true;
      driver.suppress();
      context.sendSelfAfter(waitMs, { type: 'moreDue' });
    },

    update(_state, { status }, _driver, context) {
      hear(context.options, status);
    },

    operation(_state, { status }, _driver, context) {
      const { operationId, state } = status;
      if (operationId === undefined) return;
      hearOperation(context.options.ledger.kept, operationId, state);
    },

    ended(_state, { message }, _driver, context) {
      const { ledger, life } = context.options;
      // Otherwise it is only that another one has taken over.
      if (ledger.life === life) ledger.over = message;
    },
  },

  handlers: {
    killDue(_state, { taskId }, driver, context) {
      if (context.options.ledger.jobs.get(taskId)?.ended === undefined) driver.kill(taskId);
    },

    askDue(_state, _message, driver, context) {
      askForOldJobs(context.options, driver);
      context.sendSelfAfter(context.options.askIntervalMs, { type: 'askDue' });
    },

    moreDue(state, _message, driver) {
      state.resting = false;
      driver.revive();
    },

    leave(_state, message, driver, context) {
      if (driver.connected) driver.teardown();
      else context.sendSelfAfter(500, message);
    },
  },
});

function askForOldJobs(options: JobOptions, driver: SchedulerCalls): void {
  driver.reconcile(openJobsOf(options).map(({ taskId, agentId }) => ({ taskId, agentId })));
}
