/** Roles and their quotas, made ready to be shown; see `views.ts`. */
import type { QuotaConfig } from '../../actors/protocol/quota.ts';
import { type Resources, scalarMilli } from '../../actors/protocol/resources.ts';
import type { RoleView } from '../../actors/protocol/views.ts';
import { bar } from './bars.ts';
import { fromMebiMilli, fromMilli } from './quantities.ts';
import { resourcesJson } from './views.ts';

export const ROLE_HEADINGS = [
  'ROLE',
  'WEIGHT',
  'SHARE',
  'CPUS',
  'MEM',
  'DISK',
  'RESERVED',
  'QUOTA',
  'FRAMEWORKS',
];

/** Roles below others stand below them. What is held is allocated and offered; RESERVED, used or not. */
export function roleRow(view: RoleView): readonly string[] {
  const { role, weight, share, frameworkCount, quota } = view;
  const depth = role.split('/').length - 1;
  const held = (name: string) =>
    view.allocated === undefined
      ? '-'
      : amount(name, scalarMilli(view.allocated, name) + scalarMilli(view.offered ?? [], name));
  return [
    `${'  '.repeat(depth)}${role}`,
    String(weight),
    share === undefined ? '-' : bar(share),
    ...[held('cpus'), held('mem'), held('disk')],
    view.reserved === undefined ? '-' : reservedInShort(view.reserved),
    quota === undefined ? '-' : quotaRows(view).map(inShort).join(', '),
    frameworkCount === undefined ? '-' : String(frameworkCount),
  ];
}

export function roleJson(view: RoleView): object {
  const { role, weight, share, frameworkCount, quota } = view;
  const { consumed, allocated, offered, reserved } = view;
  return {
    ...{ role, weight },
    ...(quota !== undefined && { quota: quotaJson(quota) }),
    ...(share !== undefined && { share }),
    ...(frameworkCount !== undefined && { frameworkCount }),
    ...(consumed !== undefined && { consumed: resourcesJson(consumed) }),
    ...(allocated !== undefined && { allocated: resourcesJson(allocated) }),
    ...(offered !== undefined && { offered: resourcesJson(offered) }),
    ...(reserved !== undefined && { reserved: resourcesJson(reserved) }),
  };
}

export function quotaJson({ guaranteesMilli, limitsMilli }: QuotaConfig): object {
  const amounts = (milli: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(milli).map(([name, one]) => [name, one / 1000]));
  return { guarantees: amounts(guaranteesMilli), limits: amounts(limitsMilli) };
}

export const QUOTA_HEADINGS = [
  'ROLE',
  'RESOURCE',
  'GUARANTEED',
  'LIMIT',
  'CONSUMED',
  'OF THE LIMIT',
];

interface QuotaRow {
  readonly name: string;
  readonly guaranteedMilli: number | undefined;
  readonly limitMilli: number | undefined;
  /** Unknown where only a leader knows. */
  readonly consumedMilli: number | undefined;
}

/** One for each resource that the quota is about. */
export function quotaRows({ quota, consumed }: RoleView): readonly QuotaRow[] {
  const { guaranteesMilli = {}, limitsMilli = {} } = quota ?? {};
  const names = new Set([...Object.keys(guaranteesMilli), ...Object.keys(limitsMilli)]);
  return [...names].sort().map((name) => ({
    name,
    guaranteedMilli: guaranteesMilli[name],
    limitMilli: limitsMilli[name],
    consumedMilli: consumed && scalarMilli(consumed, name),
  }));
}

export function quotaCells(role: string, row: QuotaRow): readonly string[] {
  const { name, guaranteedMilli, limitMilli, consumedMilli } = row;
  const shown = (milli: number | undefined) => (milli === undefined ? '-' : amount(name, milli));
  const isUnlimited = limitMilli === undefined || consumedMilli === undefined;
  const part = isUnlimited ? 0 : consumedMilli === 0 ? 0 : consumedMilli / limitMilli;
  return [
    ...[role, name, shown(guaranteedMilli), shown(limitMilli), shown(consumedMilli)],
    isUnlimited ? '-' : bar(part),
  ];
}

/** `cpus 2, disk 1 GiB`: of all kinds of it together. */
function reservedInShort(reserved: Resources): string {
  const names = [...new Set(reserved.map(({ name }) => name))];
  const amounts = names
    .map((name) => ({ name, milli: scalarMilli(reserved, name) }))
    .filter(({ milli }) => milli > 0)
    .map(({ name, milli }) => `${name} ${amount(name, milli)}`);
  return amounts.length === 0 ? '-' : amounts.join(', ');
}

/** `cpus 1.5/4`: of the limit, or, where there is none, of what is guaranteed. */
function inShort({ name, guaranteedMilli, limitMilli, consumedMilli }: QuotaRow): string {
  const used = consumedMilli === undefined ? '' : `${amount(name, consumedMilli)}/`;
  const most =
    limitMilli === undefined ? `${amount(name, guaranteedMilli ?? 0)}+` : amount(name, limitMilli);
  return `${name} ${used}${most}`;
}

export function amount(name: string, milli: number): string {
  return name === 'mem' || name === 'disk' ? fromMebiMilli(milli) : fromMilli(milli);
}
