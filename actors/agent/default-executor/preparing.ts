/** What comes before a task of a group runs: its files are fetched, and its command is handed over. */
import { isPrepared } from '../preparation.ts';
import type { Verdict } from '../verdicts.ts';
import type { DefaultExecutorContext } from './executor-state.ts';
import { type Group, type Member, memberEnvironment } from './members.ts';
import { startClock } from './watching.ts';

/** What its command asks for is brought into its sandbox; without that there is nothing to wait for. */
export function fetch(
  { task, sandbox: name, group }: Member,
  context: DefaultExecutorContext,
): void {
  const { workDirectory } = context.options;
  const { command } = task;
  if (command === undefined) return;
  const { containerId } = name;
  const order = { containerId, command, sandbox: workDirectory.sandboxPath(name) };
  if (!isPrepared(order, context.options, context)) group.fetching.add(containerId);
}

/** Each of them is heard of once more, and then none of the group starts. */
export function giveUpFetching(group: Group, context: DefaultExecutorContext): void {
  const { fetcher } = context.options;
  group.ending = true;
  for (const containerId of group.fetching) {
    if (fetcher !== undefined) context.send(fetcher, { type: 'cancelFetch', containerId });
  }
}

export function unpreparedVerdict({ unprepared: message }: Member): Verdict | undefined {
  if (message === undefined) return undefined;
  return { state: 'failed', reason: 'containerLaunchFailed', message };
}

export function launch(member: Member, context: DefaultExecutorContext): void {
  const { launcher, workDirectory } = context.options;
  const { command } = member.task;
  const { containerId } = member.sandbox;
  if (command === undefined) return;
  member.phase = 'starting';
  startClock(member, undefined, context);
  const sandbox = workDirectory.sandboxPath(member.sandbox);
  const environment = memberEnvironment(member, sandbox, context.options);
  const owner = context.self;
  context.send(launcher, { type: 'launch', containerId, command, environment, sandbox, owner });
}
