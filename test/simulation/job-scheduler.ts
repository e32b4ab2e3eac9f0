/**
 * A scheduler for simulations that is written with the SDK: launches short scripted tasks on whatever it
 * is offered, some of them in groups, kills a few, and writes down in a ledger what it hears.
 */
import { defineScheduler, type SchedulerCalls } from '../../actors/framework/index.ts';
import type { TaskId } from '../../actors/protocol/ids.ts';
import { hear, type JobOptions, openJobsOf, restMs, takeOffer } from './jobs.ts';
import { checkOwners, hearOperation, keeping, tidying } from './keeping.ts';

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
      for (const offer of offers) {
        checkOwners(offer);
        const filters = { refuseMs: 1000 };
        const { kept, name, closed } = options.ledger;
        const launch = takeOffer(offer, options, random, context.nowMs());
        if (launch === undefined) {
          const operations =
            closed || context.random() < 0.5 ? tidying(offer, kept, `${name}-${options.life}`) : [];
          if (operations.length > 0) driver.accept([offer], operations, filters);
          continue;
        }
        const { jobs, tasks, groupExecutor } = launch;
        for (const { taskId } of jobs) {
          if (context.random() >= options.killProbability) continue;
          const delayMs = context.random() * options.sleepMsMax;
          context.sendSelfAfter(delayMs, { type: 'killDue', taskId });
        }
        const [first] = tasks;
        const wishes = context.random() < options.keepProbability && tasks.length === 1;
        const operations =
          wishes && first !== undefined && groupExecutor === undefined
            ? keeping(offer, { ...first, agentId: offer.agentId }, kept, `${name}-${options.life}`)
            : undefined;
        if (operations !== undefined) driver.accept([offer], operations, filters);
        else if (groupExecutor === undefined) driver.launch(offer, tasks, filters);
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
      hearOperation(context.options.ledger.kept, status);
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
