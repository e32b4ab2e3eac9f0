/** `messor quota`: what roles are guaranteed and never exceed; shown, set, removed. */
import { type Command, Option } from 'commander';
import { quotaConfigFault } from '../../actors/master/roles/quota-faults.ts';
import type { QuotaConfig } from '../../actors/protocol/quota.ts';
import type { RoleView } from '../../actors/protocol/views.ts';
import { ExitError } from '../exits.ts';
import { type FlagUnit, FlagValueFault, mebibytes } from '../flag-units.ts';
import type { Cluster } from './cluster.ts';
import {
  addConnectionOptions,
  addStaleOption,
  type ConnectionOptions,
  optionsOf,
  unitOption,
  withCluster,
} from './connection.ts';
import { printJson } from './print.ts';
import { QUOTA_HEADINGS, quotaCells, quotaJson, quotaRows } from './role-views.ts';
import { tellAge } from './stale.ts';
import { renderTable } from './table.ts';

type Options = ConnectionOptions & { readonly json?: true };
type AmountsMilli = Readonly<Record<string, number>>;
type ChangeOptions = Options & {
  readonly guarantee?: AmountsMilli;
  readonly limit?: AmountsMilli;
  readonly force?: true;
};

/** `cpus:2;mem:4GB`, in thousandths; a limit may be 0. */
export const quotaAmounts: FlagUnit<AmountsMilli> = {
  placeholder: 'AMOUNTS',
  read(text) {
    const parts = text.split(';').filter((part) => part.trim() !== '');
    const read = parts.map((part): [string, number] => {
      const [name = '', value = '', ...more] = part.split(':').map((one) => one.trim());
      if (name === '' || value === '' || more.length > 0) throw new FlagValueFault(AMOUNTS);
      return [name, milliOf(name, value)];
    });
    const names = new Set(read.map(([name]) => name));
    if (read.length === 0 || names.size < read.length) throw new FlagValueFault(AMOUNTS);
    return Object.fromEntries(read);
  },
};

const AMOUNTS = 'amounts look like "cpus:2;mem:4GB;gpus:0", each resource once';

function milliOf(name: string, value: string): number {
  if (/^\d+(\.\d{1,3})?$/.test(value)) return Math.round(Number(value) * 1000);
  if (name !== 'mem' && name !== 'disk') throw new FlagValueFault(AMOUNTS);
  return Math.round(mebibytes.read(value) * 1000);
}

export function addQuota(program: Command): void {
  const quota = addStaleOption(addConnectionOptions(program.command('quota')))
    .argument('[ROLE]', 'only the quota of this role, and of those above and below it')
    .description('show what roles are guaranteed, what they never exceed, and what they consume')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  messor quota\n  messor quota eng\n' +
        '  messor quota set eng --guarantee "cpus:4;mem:8GB" --limit "cpus:8"\n' +
        '  messor quota remove eng',
    )
    .action(async (role: string | undefined, _options: unknown, own: Command) => {
      const options = optionsOf<Options & { readonly stale?: true }>(own);
      await withCluster(options, (cluster) => show(cluster, role, options));
    });
  addChange(quota, 'set <ROLE>', 'replace the quota of a role')
    .addOption(unitOption('--guarantee <AMOUNTS>', 'kept free for the role', quotaAmounts))
    .addOption(unitOption('--limit <AMOUNTS>', 'never exceeded by it; 0: none', quotaAmounts))
    .addHelpText(
      'after',
      '\nIt is replaced as a whole: what is not named is neither guaranteed nor limited any more. A' +
        '\nlimit holds for the role with all below it. What runs goes on; offers are rescinded.' +
        '\n\nExamples:\n  messor quota set eng --guarantee "cpus:4;mem:8GB" --limit "cpus:8;mem:8GB"\n' +
        '  messor quota set eng/ml --limit "gpus:0"',
    )
    .action(async (role: string, _options: unknown, own: Command) => {
      const options = optionsOf<ChangeOptions>(own);
      const { guarantee: guaranteesMilli = {}, limit: limitsMilli = {} } = options;
      if (Object.keys(guaranteesMilli).length + Object.keys(limitsMilli).length === 0) {
        const sentence = `Cannot set the quota of role "${role}": say --guarantee or --limit, or both`;
        throw new ExitError('usage', sentence);
      }
      await change(options, { role, guaranteesMilli, limitsMilli }, 'is set');
    });
  addChange(quota, 'remove <ROLE>', 'end the quota of a role')
    .addHelpText('after', '\nExamples:\n  messor quota remove eng')
    .action(async (role: string, _options: unknown, own: Command) => {
      const options = optionsOf<ChangeOptions>(own);
      await change(options, { role, guaranteesMilli: {}, limitsMilli: {} }, 'is removed');
    });
}

function addChange(quota: Command, usage: string, description: string): Command {
  return addConnectionOptions(quota.command(usage))
    .description(description)
    .addOption(new Option('--force', 'whatever the cluster has and the role consumes'))
    .option('--json', 'print JSON');
}

async function show(cluster: Cluster, role: string | undefined, options: Options): Promise<void> {
  const section = await cluster.list('roles');
  const shown = section.items.filter((view) => view.quota !== undefined && concerns(view, role));
  if (options.json) {
    const quotas = shown.map(({ quota, role: of }) => ({
      role: of,
      ...(quota && quotaJson(quota)),
    }));
    return printJson(section, { quotas });
  }
  tellAge(section);
  const rows = shown.flatMap((view) => quotaRows(view).map((row) => quotaCells(view.role, row)));
  process.stdout.write(renderTable(QUOTA_HEADINGS, rows, 'No quotas'));
}

function concerns(view: RoleView, role: string | undefined): boolean {
  if (role === undefined || view.role === role) return true;
  return view.role.startsWith(`${role}/`) || role.startsWith(`${view.role}/`);
}

async function change(options: ChangeOptions, config: QuotaConfig, done: string): Promise<void> {
  const { role } = config;
  const fault = quotaConfigFault(config);
  if (fault !== undefined) {
    throw new ExitError('usage', `Cannot change the quota of role "${role}": ${fault}`);
  }
  await withCluster(options, async (cluster) => {
    const section = await cluster.list('roles');
    const before = section.items.find((view) => view.role === role)?.quota;
    if (before === undefined && done === 'is removed') {
      throw new ExitError('failed', `Cannot remove the quota of role "${role}": it has none`);
    }
    const force = options.force ?? false;
    await cluster.order({ type: 'updateQuota', configs: [config], force }).catch((error) => {
      throw inOurWords(role, error);
    });
    if (options.json) return printJson(section, { quota: { role, ...quotaJson(config) } });
    process.stdout.write(`The quota of role ${role} ${done}\n`);
  });
}

/** The master speaks to clients of Mesos, whose calls have a `force` of their own. */
function inOurWords(role: string, error: unknown): unknown {
  if (!(error instanceof ExitError) || error.exit !== 'failed') return error;
  const why = error.message
    .replace(/^Invalid QuotaConfig: /, '')
    .replace(" (use 'force' flag to bypass this check)", '; --force sets it all the same');
  return new ExitError('failed', `Cannot change the quota of role "${role}": ${why}`);
}
