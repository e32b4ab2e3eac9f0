/** `messor roles`: the tree of roles, with shares, weights and quotas; `messor weights` sets weights. */
import type { Command } from 'commander';
import { WEIGHT_MAX, WEIGHT_MIN } from '../../actors/protocol/quota.ts';
import { roleSentence } from '../../actors/protocol/roles.ts';
import { ExitError } from '../exits.ts';
import { weights as weightsUnit } from '../flag-units.ts';
import {
  addConnectionOptions,
  addStaleOption,
  type ConnectionOptions,
  optionsOf,
  readBy,
  withCluster,
} from './connection.ts';
import { printJson } from './print.ts';
import { ROLE_HEADINGS, roleJson, roleRow } from './role-views.ts';
import { tellAge } from './stale.ts';
import { renderTable } from './table.ts';

type Options = ConnectionOptions & { readonly json?: true };

const SHARE_HELP = `
SHARE is how much of the whole cluster the role and those below it have and are offered, of the resource
that they have most of. QUOTA is what they consume of each limit; "2+": 2 are guaranteed, without a limit.`;

export function addRoles(program: Command): void {
  addStaleOption(addConnectionOptions(program.command('roles')))
    .description('show the roles: their weights, what they have of the cluster, their quotas')
    .option('--json', 'print JSON')
    .addHelpText('after', `${SHARE_HELP}\n\nExamples:\n  messor roles\n  messor roles --json`)
    .action(async (options: Options) => {
      await withCluster(options, async (cluster) => {
        const section = await cluster.list('roles');
        const { items } = section;
        if (options.json) return printJson(section, { roles: items.map(roleJson) });
        tellAge(section);
        process.stdout.write(renderTable(ROLE_HEADINGS, items.map(roleRow), 'No roles'));
      });
    });
}

export function addWeights(program: Command): void {
  const weights = addConnectionOptions(program.command('weights'))
    .description('show the weights of roles')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nA role of weight 2 may have twice the share of one of weight 1, which is the default.' +
        '\n\nExamples:\n  messor weights\n  messor weights set analytics=2 web=0.5',
    )
    .action(async (options: Options) => {
      await withCluster(options, async (cluster) => {
        const section = await cluster.list('roles');
        const all = section.items.map(({ role, weight }) => ({ role, weight }));
        if (options.json) return printJson(section, { weights: all });
        const rows = all.map(({ role, weight }) => [role, String(weight)]);
        process.stdout.write(renderTable(['ROLE', 'WEIGHT'], rows, 'No roles'));
      });
    });
  addConnectionOptions(weights.command('set'))
    .argument('<ROLE=WEIGHT...>', 'each above 0; the others keep theirs')
    .description('give roles other weights; all of them, or none')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nWhere frameworks have one of the roles all outstanding offers are rescinded, and made anew.' +
        '\n\nExamples:\n  messor weights set analytics=2 web=0.5\n  messor weights set analytics=1',
    )
    .action(async (given: readonly string[], _options: unknown, own: Command) => {
      const options = optionsOf<Options>(own);
      const wanted = readBy(weightsUnit, 'the weights', given.join(','));
      for (const { role, weight } of wanted) {
        const fault = roleSentence(role) ?? weightFault(weight);
        if (fault === undefined) continue;
        throw new ExitError('usage', `Cannot give role "${role}" weight ${weight}: ${fault}`);
      }
      await withCluster(options, async (cluster) => {
        await cluster.order({ type: 'updateWeights', weights: wanted });
        if (options.json) {
          const section = await cluster.list('roles');
          return printJson(section, { weights: wanted });
        }
        for (const { role, weight } of wanted) {
          process.stdout.write(`Role ${role} has weight ${weight}\n`);
        }
      });
    });
}

function weightFault(weight: number): string | undefined {
  if (weight >= WEIGHT_MIN && weight <= WEIGHT_MAX) return undefined;
  return `weights are from ${WEIGHT_MIN} to ${WEIGHT_MAX}`;
}
