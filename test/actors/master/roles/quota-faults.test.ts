/**
 * What is wrong with a quota by itself, and beside others. Rules: Mesos 1.11, src/master/quota.cpp
 * (`validate`), quota_handler.cpp (`QuotaTree`).
 */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  quotaConfigFault,
  quotaTreeFault,
  totalGuaranteesMilli,
  withQuotas,
} from '../../../../actors/master/roles/quota-faults.ts';
import type { QuotaConfig } from '../../../../actors/protocol/quota.ts';

type Amounts = Readonly<Record<string, number>>;

function quota(role: string, guaranteesMilli: Amounts, limitsMilli: Amounts = {}): QuotaConfig {
  return { role, guaranteesMilli, limitsMilli };
}

const quotas = (...all: readonly QuotaConfig[]) => withQuotas(new Map(), all);

const faults: readonly [config: QuotaConfig, fault: string | undefined][] = [
  [quota('a', { cpus: 1000 }, { cpus: 1000, mem: 0 }), undefined],
  [quota('a/b', {}), undefined],
  [quota('a/', {}), "Invalid 'QuotaConfig.role': Role 'a/' cannot end with a slash"],
  [
    quota('a', { cpus: 2000 }, { cpus: 1000 }),
    "'QuotaConfig.guarantees' { cpus: 2 } is not contained within the 'QuotaConfig.limits' { cpus: 1 }",
  ],
  [
    quota('a', { cpus: -1000 }),
    "Invalid guarantee configuration {'cpus': -1}: Negative values not supported",
  ],
  [
    quota('a', {}, { mem: Number.NaN }),
    "Invalid limit configuration {'mem': NaN}: NaN not supported",
  ],
  [
    quota('a', { cpus: 1e15 + 1000 }),
    "Invalid 'QuotaConfig.guarantees': {'cpus': 1000000000001} is invalid: values greater than " +
      '1 trillion (1000000000000) are not supported',
  ],
  [
    quota('a', {}, { disk: (2 ** 40 + 1) * 1000 }),
    "Invalid 'QuotaConfig.limits': {'disk': 1099511627777} is invalid: values greater than " +
      '1 exabyte (1099511627776) are not supported',
  ],
  [
    quota('a', {}, { 'c p u': 1000 }),
    "Invalid 'QuotaConfig.limits': 'c p u' is no name of a resource",
  ],
  [quota('a', { mem: 2 ** 40 * 1000 }, { cpus: 1e15 }), undefined],
];

for (const [config, fault] of faults) {
  const { role, guaranteesMilli, limitsMilli } = config;
  const what = JSON.stringify([role, guaranteesMilli, limitsMilli]);
  test(`a quota ${fault === undefined ? 'that can be' : 'with a fault is told it'}: ${what}`, () => {
    equal(quotaConfigFault(config), fault);
  });
}

test('what is guaranteed below a role must be guaranteed to it', () => {
  const parent = quota('a', { cpus: 3000 });
  equal(
    quotaTreeFault(quotas(parent, quota('a/b', { cpus: 1000 }), quota('a/c', { cpus: 2000 }))),
    undefined,
  );
  equal(
    quotaTreeFault(quotas(parent, quota('a/b', { cpus: 2000 }), quota('a/c', { cpus: 2000 }))),
    "Invalid quota configuration. Parent role 'a' with guarantees (cpus:3) does not contain the sum " +
      "of its children's guarantees (cpus:4)",
  );
  equal(
    quotaTreeFault(quotas(quota('a/b', { mem: 1000 }))),
    "Invalid quota configuration. Parent role 'a' with guarantees ({}) does not contain the sum " +
      "of its children's guarantees (mem:1)",
  );
});

test('a limit of a role below another stands by itself: those above it hold for it anyhow', () => {
  equal(
    quotaTreeFault(quotas(quota('a', {}, { cpus: 1000 }), quota('a/b', {}, { cpus: 9000 }))),
    undefined,
  );
});

test('what is guaranteed is counted once, at the top', () => {
  const all = quotas(
    ...[quota('a', { cpus: 3000 }), quota('a/b', { cpus: 2000 })],
    ...[quota('b', { cpus: 1000, mem: 5000 }), quota('c', {}, { cpus: 1000 })],
  );
  deepEqual(totalGuaranteesMilli(all), new Map(Object.entries({ cpus: 4000, mem: 5000 })));
});

test('a quota that grants and limits nothing is none, and the others stay', () => {
  const roles = fc.constantFrom('a', 'b', 'a/b');
  const amounts = fc.dictionary(fc.constantFrom('cpus', 'mem'), fc.nat(9));
  const config = fc.record({ role: roles, guaranteesMilli: amounts, limitsMilli: amounts });
  const check = fc.property(fc.array(config), fc.array(config), (before, changes) => {
    const next = withQuotas(quotas(...before), changes);
    for (const role of ['a', 'b', 'a/b']) {
      const last = [...before, ...changes].findLast((one) => one.role === role);
      const names = last && { ...last.guaranteesMilli, ...last.limitsMilli };
      const expected = names && Object.keys(names).length > 0 ? last : undefined;
      equal(next.get(role), expected);
    }
  });
  fc.assert(check, { seed: 5 });
});
