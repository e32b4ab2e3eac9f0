/**
 * A scheduler that runs commands one after the other and keeps in a replicated log how far it is. Started
 * anew, on another machine and as another framework, it goes on there; one that still runs is fenced.
 *
 *     node --import tsx docs/examples/ledger.ts 127.0.0.1:5050 'make a' 'make b'
 */
import * as messor from 'messor';

interface LedgerOptions {
  readonly lines: readonly string[];
  readonly writer: messor.LogWriter;
  /** Lines that have finished before. */
  readonly doneCount: number;
}

type Own = { readonly type: 'noted' } | { readonly type: 'notNoted'; readonly error: unknown };

const resources = messor.parseResources('cpus:0.1;mem:32');

export const ledger = messor.defineScheduler<
  LedgerOptions,
  { doneCount: number; isBusy: boolean },
  Own
>({
  name: 'ledger',
  info: () => ({ name: 'ledger' }),
  initialState: ({ doneCount }) => ({ doneCount, isBusy: false }),
  on: {
    offers(state, { offers: [offer] }, driver, { options: { lines } }) {
      const line = lines[state.doneCount];
      if (line === undefined) driver.teardown();
      if (line === undefined || offer === undefined || state.isBusy) return;
      state.isBusy = true;
      const taskId = `line-${state.doneCount}` as messor.TaskId;
      const command = messor.shellCommand(line);
      driver.launch(offer, [{ taskId, name: line, resources, command }]);
    },

    update(state, { status }, _driver, context) {
      if (!messor.isTerminal(status.state)) return;
      state.isBusy = false;
      if (status.state !== 'finished') return;
      const entry = new TextEncoder().encode(status.taskId);
      context.defer(context.options.writer.append(entry), {
        onValue: () => ({ type: 'noted' }),
        onError: (error) => ({ type: 'notNoted', error }),
      });
      state.isBusy = true;
    },
  },
  handlers: {
    noted(state, _message, driver) {
      state.doneCount++;
      state.isBusy = false;
      driver.revive();
    },
    notNoted(_state, { error }) {
      throw error;
    },
  },
});

/** Whoever wrote before writes no more from here on, so what is read now is all that has finished. */
export async function openLedger(node: Pick<messor.ConnectedNode, 'system' | 'masters'>) {
  const log = await messor.openLog(node, 'ops/ledger', { create: true });
  const writer = await log.becomeWriter();
  const { entries } = await log.read();
  return { writer, doneCount: entries.length };
}

const [, program, master, ...lines] = process.argv;
if (program === import.meta.filename && master !== undefined) {
  const node = await messor.connect({ master });
  await node.exited(node.start(ledger, { lines, ...(await openLedger(node)) }));
  await node.close();
}
