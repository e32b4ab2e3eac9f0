/** Small actors with which the runtime is tested. */
import { type AnyAddress, defineActor, type Exited } from '../../runtime/actor.ts';
import { formatAddress } from '../../runtime/address.ts';

/** Does what it is told, and writes down what happens to it. */
export type PuppetMessage =
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'crash'; readonly text: string }
  | { readonly type: 'do'; readonly deed: (context: PuppetContext, state: PuppetState) => void }
  | Exited;

export interface PuppetOptions {
  /** Where it writes: `name: text`. */
  readonly story: string[];
  readonly onStart?: (context: PuppetContext, startCount: number) => void;
  readonly onStop?: (context: PuppetContext) => void;
}

export interface PuppetState {
  readonly notes: string[];
}

export type PuppetContext = import('../../runtime/actor.ts').Context<PuppetOptions, PuppetMessage>;

const startCounts = new WeakMap<PuppetOptions, number>();

export const puppet = defineActor<PuppetOptions, PuppetState, PuppetMessage>({
  name: 'puppet',
  initialState: () => ({ notes: [] }),
  started(_, context) {
    const { options } = context;
    const count = (startCounts.get(options) ?? 0) + 1;
    startCounts.set(options, count);
    options.story.push(`${context.self.name} started`);
    options.onStart?.(context, count);
  },
  stopped(_, context) {
    context.options.story.push(`${context.self.name} stopped`);
    context.options.onStop?.(context);
  },
  accepts: ({ type }) => (type === 'note' ? undefined : `"${type}" is not for outsiders`),
  handlers: {
    note(state, { text }, context) {
      state.notes.push(text);
      context.options.story.push(`${context.self.name}: ${text}`);
    },
    crash(_, { text }) {
      throw new Error(text);
    },
    do(state, { deed }, context) {
      deed(context, state);
    },
    exited(_, exited, context) {
      context.options.story.push(`${context.self.name}: ${exitLine(exited)}`);
    },
  },
});

function exitLine({ address, reason, monitor }: Exited): string {
  const who = monitor === undefined ? 'link' : `monitor ${monitor}`;
  return `${who} ${formatAddress(address as AnyAddress)} ${reason}`;
}
