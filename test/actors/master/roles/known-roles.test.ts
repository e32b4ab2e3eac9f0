/** How operators see roles: with all that is below them, their weights, and what of their quotas is used. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { emptyRegistry } from '../../../../actors/master/registry/registry.ts';
import { grantedRoleViews } from '../../../../actors/master/roles/known-roles.ts';
import type { Explanation } from '../../../../actors/protocol/explanation.ts';
import type { NotLeader } from '../../../../actors/protocol/messages.ts';
import { formatResources } from '../../../../actors/protocol/resource-text.ts';
import type { MasterPage, RoleView } from '../../../../actors/protocol/views.ts';
import { address } from '../../../../runtime/address.ts';
import { type Scene, scene, taskInfo } from '../scene.ts';

const operator = address<MasterPage | Explanation | NotLeader>('cli', 'laptop:0', 1);
const eng = { role: 'eng', guaranteesMilli: {}, limitsMilli: { cpus: 3000 } };

function begun(): Scene {
  const registry = emptyRegistry();
  registry.quotas.set('eng', eng);
  registry.weights.set('web', 2);
  return scene({ registry });
}

function views(stage: Scene): readonly RoleView[] {
  const page = { section: 'roles', offset: 0, countMax: 100 } as const;
  stage.say(operator, { type: 'describeMaster', ...page, replyTo: operator });
  const answer = stage.heardOne(operator, 'masterPage');
  return answer.section === 'roles' ? answer.items : [];
}

test('a role has what those below it have, and what is reserved for them', () => {
  const stage = begun();
  const agent = stage.registerAgent('h:1', 'cpus:3;mem:1000;cpus(eng/ops):1');
  const framework = stage.subscribe('f', { roles: ['eng/ml'] });
  const offer = stage.offer(framework, agent, 'cpus:2', 'eng/ml');
  stage.accept(framework, [offer], [taskInfo('t', agent, 'cpus:1')]);
  stage.offer(framework, agent, 'mem:500', 'eng/ml');
  deepEqual(
    views(stage).map((view) => [
      ...[view.role, view.weight, view.share, view.frameworkCount],
      [view.consumed, view.allocated, view.offered, view.reserved]
        .map((resources) => formatResources(resources ?? []))
        .join(' | '),
      view.quota?.limitsMilli,
    ]),
    [
      ['eng', 1, 0.5, 0, 'cpus:2 | cpus:1 | mem:500 | cpus:1', { cpus: 3000 }],
      ['eng/ml', 1, 0.5, 1, 'cpus:1 | cpus:1 | mem:500 | ', undefined],
      ['eng/ops', 1, 0, 0, 'cpus:1 |  |  | cpus:1', undefined],
      ['web', 2, 0, 0, ' |  |  | ', undefined],
    ],
  );
});

test('a master that does not lead knows what was granted', () => {
  const quotas = new Map([['eng', eng]]);
  deepEqual(grantedRoleViews(new Map([['web', 2]]), quotas), [
    { role: 'eng', weight: 1, quota: eng },
    { role: 'web', weight: 2 },
  ]);
});

test('who asks why there are no offers is told of a quota that is used up, also by offers', () => {
  const stage = begun();
  const agent = stage.registerAgent('h:1', 'cpus:4');
  const framework = stage.subscribe('f', { roles: ['eng/ml', 'web'] });
  const { frameworkId } = framework;
  const reasons = () => {
    stage.say(operator, { type: 'explain', frameworkId, replyTo: operator });
    const asked = stage.heard(stage.toAllocator).findLast(({ type }) => type === 'explain');
    const said = asked?.type === 'explain' ? asked.said.reasons : [];
    return said.filter(({ code }) => code === 'quotaReached');
  };
  stage.offer(framework, agent, 'cpus:2', 'eng/ml');
  deepEqual(reasons(), []);
  stage.offer(framework, agent, 'cpus:1', 'eng/ml');
  deepEqual(reasons(), [
    {
      code: 'quotaReached',
      role: 'eng/ml',
      text: 'Role "eng" has or is offered all that its quota allows: cpus 3 of 3',
      advice: 'Wait until its tasks end, or raise the limit: messor quota set eng',
    },
  ]);
});
