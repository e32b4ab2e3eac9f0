/** All operations on the registry: when they are permitted, and that they are nothing but functions. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import {
  applyAll,
  applyToRegistry,
  type RegistryOperation,
} from '../../../../actors/master/registry/operations.ts';
import { copyRegistry, emptyRegistry } from '../../../../actors/master/registry/registry.ts';
import { seededRandom } from '../../../kit/random.ts';
import { drawOperations, OPERATION_CASES } from '../../../kit/registry-operations.ts';

for (const [type, { given, permitted, refused, unchanged }] of Object.entries(OPERATION_CASES)) {
  /** What is asked of a registry that all before has happened to, and what it is then. */
  const asked = (operation: RegistryOperation) => {
    const registry = emptyRegistry();
    applyAll(registry, given);
    const before = copyRegistry(registry);
    return { result: applyToRegistry(registry, operation), before, registry };
  };

  test(`${type}: what is permitted is applied, the second time at most refused or unchanged`, () => {
    for (const operation of permitted) {
      const { result, before, registry } = asked(operation);
      deepEqual(result, { mutated: true });
      equal(sameText(before, registry), false);
      const second = applyToRegistry(registry, operation);
      equal('mutated' in second && second.mutated, false, JSON.stringify(operation));
    }
  });

  test(`${type}: what is not permitted is refused with a sentence and changes nothing`, () => {
    for (const operation of refused) {
      const { result, before, registry } = asked(operation);
      match('refused' in result ? result.refused : '', /^Cannot [^.]+(: |; )[^:]*[^.]$/);
      deepEqual(registry, before);
    }
  });

  test(`${type}: what is so already is permitted and changes nothing`, () => {
    for (const operation of unchanged) {
      const { result, before, registry } = asked(operation);
      deepEqual(result, { mutated: false });
      deepEqual(registry, before);
    }
  });
}

test('the same operations in the same order make the same registry, with the same order in it', () => {
  const operations = drawOperations(seededRandom(1), 2000);
  const [one, other] = [emptyRegistry(), emptyRegistry()];
  deepEqual(applyAll(one, operations), applyAll(other, operations));
  equal(sameText(one, other), true);
});

test('what is refused stands in the way of nothing else', () => {
  const operations = drawOperations(seededRandom(2), 2000);
  const all = emptyRegistry();
  const results = applyAll(all, operations);
  const without = emptyRegistry();
  applyAll(
    without,
    operations.filter((_, index) => !('refused' in (results[index] ?? {}))),
  );
  equal(sameText(all, without), true);
});

test('a copy goes its own way', () => {
  const registry = emptyRegistry();
  applyAll(registry, drawOperations(seededRandom(3), 500));
  const copy = copyRegistry(registry);
  const before = copyRegistry(registry);
  applyAll(copy, drawOperations(seededRandom(4), 500));
  deepEqual(registry, before);
  equal(sameText(copy, registry), false);
});

/** Including the order of the entries, which `deepEqual` doesn't see. */
function sameText(one: object, other: object): boolean {
  const text = (registry: object) =>
    JSON.stringify(registry, (_, value) =>
      value instanceof Map || value instanceof Set ? [...value] : value,
    );
  return text(one) === text(other);
}
