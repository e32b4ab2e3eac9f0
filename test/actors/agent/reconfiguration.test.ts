/** What may be another after a restart: the table in the head of the file, row by row. */
import { equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { goesOn, reconfigurationFault } from '../../../actors/agent/reconfiguration.ts';
import type { AgentInfo } from '../../../actors/protocol/agent.ts';
import { parseAttributes, parseResources } from '../../../actors/protocol/resources.ts';
import { agentId, info } from './nouns.ts';

const before: AgentInfo = {
  ...info,
  resources: parseResources('cpus:4;ports:[1-2];disks:{a}'),
  attributes: parseAttributes('rack:r1'),
};
const resources = (text: string) => ({ resources: parseResources(text) });
const attributes = (text: string) => ({ attributes: parseAttributes(text) });

const ROWS: readonly [what: string, but: Partial<AgentInfo>, equal: boolean, additive: boolean][] =
  [
    ['nothing', {}, true, true],
    ['the version', { version: '9.9.9' }, true, true],
    ['the host name', { hostname: 'other' }, false, false],
    ['the port', { port: 1 }, false, false],
    ['more of a scalar', resources('cpus:5;ports:[1-2];disks:{a}'), false, true],
    ['less of a scalar', resources('cpus:3;ports:[1-2];disks:{a}'), false, false],
    ['a longer range', resources('cpus:4;ports:[1-3];disks:{a}'), false, true],
    ['a shorter range', resources('cpus:4;ports:[1-1];disks:{a}'), false, false],
    ['another item', resources('cpus:4;ports:[1-2];disks:{a,b}'), false, true],
    ['another item instead', resources('cpus:4;ports:[1-2];disks:{b}'), false, false],
    ['another resource', resources('cpus:4;mem:1;ports:[1-2];disks:{a}'), false, true],
    ['another attribute', attributes('rack:r1;ssd:yes'), false, true],
    ['an attribute instead', attributes('rack:r2'), false, false],
    ['no attribute', { attributes: [] }, false, false],
  ];

for (const [what, but, equalAllows, additiveAllows] of ROWS) {
  test(`${what} may change: equal ${equalAllows}, additive ${additiveAllows}`, () => {
    const after = { ...before, ...but };
    equal(reconfigurationFault(before, after, 'equal') === undefined, equalAllows);
    equal(reconfigurationFault(before, after, 'additive') === undefined, additiveAllows);
  });
}

test('what changed is said, and after a boot it is another agent instead', () => {
  const kept = { agentId, info: before, bootId: 'boot-1', frameworks: new Map() };
  const after = { ...before, ...resources('cpus:3') };
  throws(() => goesOn(kept, after, 'boot-1', 'additive'), {
    code: 'reconfigurationRefused',
    message:
      'Cannot go on as agent "agent-1": its resources were "cpus:4;disks:{a};ports:[1-2]" and are now "cpus:3", which is not all of it',
  });
  equal(goesOn(kept, after, 'boot-2', 'additive'), false);
  equal(goesOn(kept, before, 'boot-2', 'equal'), true);
});
