/**
 * `--role framework`: runs a scheduler that somebody wrote against the master.
 *
 * `--module` names a module whose default export is what `defineScheduler` made; its options, beside
 * `masters`, are those that the module exports as `options`. The node ends when the scheduler has
 * left or torn down its framework.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mastersAt } from '../../actors/framework/describe.ts';
import type { ActorDefinition, Tagged } from '../../runtime/actor.ts';
import { describeError } from '../../runtime/errors.ts';
import { dial } from '../dial.ts';
import { ExitError, type ExitName } from '../exits.ts';
import { namedMasters } from '../named-masters.ts';
import type { ReadFlags } from '../read-flags.ts';
import type { NodeOutside, RunningNode } from './running-node.ts';

export async function startFramework(
  { values }: ReadFlags,
  { logSink, log }: NodeOutside,
): Promise<RunningNode> {
  if (values.module === undefined) {
    throw new ExitError('usage', 'Name the framework to run: --module ./scheduler.js');
  }
  const { definition, options } = await loadScheduler(values.module);
  const { system } = await dial({ cluster: values.cluster, logSink });
  const masters = mastersAt((await namedMasters(values.master.split(','))).join(','));
  const scheduler = system.spawn(definition, { ...options, masters });
  return {
    ended: system.exited(scheduler).then((reason): ExitName => {
      if (reason === 'stopped') return 'ok';
      log.error(`The scheduler of ${values.module} has ${reason}; the lines before say why`);
      return 'failed';
    }),
    stop: () => system.shutdown(),
  };
}

type SchedulerDefinition = ActorDefinition<object, unknown, Tagged>;

async function loadScheduler(
  path: string,
): Promise<{ readonly definition: SchedulerDefinition; readonly options: object }> {
  let module: { readonly default?: unknown; readonly options?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as typeof module;
  } catch (error) {
    throw new ExitError('usage', `Cannot load --module "${path}": ${describeError(error)}`);
  }
  const { default: definition, options = {} } = module;
  if (!isDefinition(definition) || typeof options !== 'object' || options === null) {
    throw new ExitError(
      'usage',
      `Cannot use --module "${path}": its default export must be what defineScheduler returned, and its options, if any, an object`,
    );
  }
  return { definition, options };
}

function isDefinition(value: unknown): value is SchedulerDefinition {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'handlers' in value &&
    typeof value.handlers === 'object' &&
    'initialState' in value
  );
}
