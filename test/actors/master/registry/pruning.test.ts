/** What the registry may forget. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { applyAll } from '../../../../actors/master/registry/operations.ts';
import { pruningOf } from '../../../../actors/master/registry/pruning.ts';
import { emptyRegistry } from '../../../../actors/master/registry/registry.ts';
import {
  admit,
  agentIdOf,
  begin,
  complete,
  frameworkIdOf,
  lose,
} from '../../../kit/registry-operations.ts';

const NAMES = ['a', 'b', 'c'];
const goneSince = (name: string, sinceMs: number) =>
  ({ type: 'markAgentGone', agentId: agentIdOf(name), sinceMs }) as const;

function registry() {
  const made = emptyRegistry();
  for (const [index, name] of NAMES.entries()) {
    applyAll(made, [admit(name), lose(name, index), admit(`g${name}`)]);
    applyAll(made, [goneSince(`g${name}`, index), begin(name), complete(name, index)]);
  }
  return made;
}

test('what is old enough is forgotten', () => {
  const operations = pruningOf(registry(), { countMax: 10, bornBeforeMs: 2 });
  deepEqual(operations, [
    { type: 'forgetAgents', agentIds: [agentIdOf('a'), agentIdOf('b')] },
    { type: 'forgetGoneAgents', agentIds: [agentIdOf('ga'), agentIdOf('gb')] },
    { type: 'forgetFrameworks', frameworkIds: [frameworkIdOf('a'), frameworkIdOf('b')] },
  ]);
});

test('of too many the oldest are forgotten', () => {
  const made = registry();
  applyAll(made, pruningOf(made, { countMax: 1, bornBeforeMs: 0 }));
  deepEqual([...made.unreachable.keys()], [agentIdOf('c')]);
  deepEqual([...made.gone.keys()], [agentIdOf('gc')]);
  deepEqual([...made.completedFrameworks.keys()], [frameworkIdOf('c')]);
  deepEqual(pruningOf(made, { countMax: 1, bornBeforeMs: 0 }), []);
});
