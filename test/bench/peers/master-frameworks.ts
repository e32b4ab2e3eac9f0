/**
 * Frameworks, each a node with a scheduler of the SDK that keeps so many tasks running.
 * usage: forked with MASTER COUNT OUTSTANDING TASKS_PER_OFFER AGENTS
 */

import { scalarMilli } from '../../../actors/protocol/resources.ts';
import {
  connect,
  defineScheduler,
  isTerminal,
  type Offer,
  parseResources,
  programCommand,
  type TaskId,
} from '../../../bin/sdk.ts';
import { answerOrders } from '../master/talk.ts';

const [master = '', count = '', outstandingText = '', perOfferText = '', agentsText = ''] =
  process.argv.slice(2);
const outstandingMax = Number(outstandingText);
const tasksPerOffer = Number(perOfferText);
const CPU_MILLI = 100;
const resources = parseResources('cpus:0.1;mem:64');
const command = programCommand(['/bin/true']);

const agentCount = Number(agentsText);
const counts = {
  subscribed: 0,
  offers: 0,
  launched: 0,
  finished: 0,
  dropped: 0,
  firstOfferMs: 0,
  allOfferedMs: 0,
};
const frameworkIds: string[] = [];
let offersSince = 0;

interface State {
  readonly prefix: string;
  launched: number;
  outstanding: number;
}

const load = defineScheduler<{ readonly masters: never; readonly prefix: string }, State>({
  name: 'load',
  info: ({ prefix }) => ({
    ...{ name: prefix, failoverTimeoutMs: 3_600_000, capabilities: ['partitionAware'] },
  }),
  initialState: ({ prefix }) => ({ prefix, launched: 0, outstanding: 0 }),
  on: {
    subscribed(_state, { frameworkId, again }) {
      counts.subscribed++;
      if (!again) frameworkIds.push(frameworkId);
    },
    offers(state, { offers }, driver) {
      counts.offers += offers.length;
      if (offersSince === 0) counts.firstOfferMs = Date.now();
      offersSince += offers.length;
      if (offersSince >= agentCount && counts.allOfferedMs === 0) counts.allOfferedMs = Date.now();
      const unused: Offer[] = [];
      for (const offer of offers) {
        const fitting = Math.floor(scalarMilli(offer.resources, 'cpus') / CPU_MILLI);
        const wanted = Math.min(tasksPerOffer, fitting, outstandingMax - state.outstanding);
        if (wanted <= 0) {
          unused.push(offer);
          continue;
        }
        state.outstanding += wanted;
        counts.launched += wanted;
        const tasks = Array.from({ length: wanted }, () => ({
          ...{ taskId: `${state.prefix}-${state.launched++}` as TaskId, name: 'true' },
          ...{ resources, command },
        }));
        driver.launch(offer, tasks, { refuseMs: 0 });
      }
      if (unused.length > 0) driver.decline(unused, { refuseMs: 0 });
    },
    update(state, { status }) {
      if (!isTerminal(status.state)) return;
      state.outstanding--;
      if (status.state === 'finished') counts.finished++;
      else counts.dropped++;
    },
  },
});

for (let number = 0; number < Number(count); number++) {
  const node = await connect({ master, cluster: 'bench', logSink: () => {} });
  node.start(load, { prefix: `load-${number}` });
}
while (frameworkIds.length < Number(count)) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}
answerOrders(
  { frameworkIds: frameworkIds.join(',') },
  () => ({ ...counts, offersSince, cpuMs: cpuMs() }),
  () => {
    offersSince = 0;
    counts.allOfferedMs = 0;
  },
);

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
