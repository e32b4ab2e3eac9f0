/** Both forms of a resource. Rules: Mesos, src/common/resources_utils.cpp, convertResourceFormat. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { type V1, V1_DEFINITIONS } from '../../../../actors/protocol/v1/dictionary.ts';
import { mapResources } from '../../../../actors/protocol/v1/each-resource.ts';
import { formOf, inForm } from '../../../../actors/protocol/v1/framework-form.ts';
import {
  endpointFormat,
  refinedFormat,
  unrefinedFormat,
} from '../../../../actors/protocol/v1/reservation-format.ts';

type Resource = V1<'Resource'>;

const cpus: Resource = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } };
const labels = { labels: [{ key: 'k' }] };

/** What says the same in both forms. */
const PAIRS: readonly (readonly [unrefined: Partial<Resource>, refined: Partial<Resource>])[] = [
  [{ role: '*' }, {}],
  [{ role: 'ads' }, { reservations: [{ type: 'STATIC', role: 'ads' }] }],
  [
    { role: 'ads', reservation: { principal: 'p', labels } },
    { reservations: [{ type: 'DYNAMIC', role: 'ads', principal: 'p', labels }] },
  ],
  [{ role: 'ads', reservation: {} }, { reservations: [{ type: 'DYNAMIC', role: 'ads' }] }],
];

test('a resource with at most one reservation has both forms', () => {
  for (const [unrefined, refined] of PAIRS) {
    deepEqual(refinedFormat({ ...cpus, ...unrefined }), { ...cpus, ...refined });
    deepEqual(unrefinedFormat({ ...cpus, ...refined }), { ...cpus, ...unrefined });
    const both = endpointFormat({ ...cpus, ...refined });
    deepEqual(both, { ...cpus, ...refined, ...unrefined });
    deepEqual(refinedFormat(both), { ...cpus, ...refined });
  }
});

test('a refined reservation has only the new form', () => {
  const refined: Resource = {
    ...cpus,
    reservations: [
      { type: 'STATIC', role: 'eng' },
      { type: 'DYNAMIC', role: 'eng/dev' },
    ],
  };
  equal(unrefinedFormat(refined), undefined);
  deepEqual(endpointFormat(refined), refined);
  deepEqual(refinedFormat(refined), refined);
});

test('all resources of a message change their form, wherever they are', () => {
  const old: Resource = { ...cpus, role: 'ads' };
  const task = { name: 't', task_id: { value: 't' }, agent_id: { value: 'a' }, resources: [old] };
  const call: V1<'scheduler.Call'> = {
    type: 'ACCEPT',
    accept: {
      operations: [
        { type: 'LAUNCH', launch: { task_infos: [task] } },
        { type: 'GROW_VOLUME', grow_volume: { volume: old, addition: cpus } },
      ],
    },
  };
  const refined = refinedFormat(old);
  deepEqual(mapResources('scheduler.Call', call, refinedFormat), {
    type: 'ACCEPT',
    accept: {
      operations: [
        { type: 'LAUNCH', launch: { task_infos: [{ ...task, resources: [refined] }] } },
        { type: 'GROW_VOLUME', grow_volume: { volume: refined, addition: cpus } },
      ],
    },
  });
});

test('no map of the schema has resources in it, for they would keep their form', () => {
  const inMaps = Object.values(V1_DEFINITIONS).flatMap((definition) =>
    definition.kind === 'enum'
      ? []
      : Object.values(definition.fields).flatMap(({ label, type }) =>
          label === 'map' ? [type] : [],
        ),
  );
  deepEqual([...new Set(inMaps)].sort(), [
    'OfferFilters',
    'Secret',
    'Value.Scalar',
    'scheduler.OfferConstraints.RoleConstraints',
    'string',
  ]);
});

test('a message in which no resource changes stays the same object', () => {
  const call: V1<'scheduler.Call'> = {
    type: 'REQUEST',
    request: { requests: [{ resources: [cpus] }] },
  };
  equal(
    mapResources('scheduler.Call', call, (resource) => resource),
    call,
  );
});

test('what a framework sees depends on its capabilities', () => {
  const framework = (...types: ('MULTI_ROLE' | 'RESERVATION_REFINEMENT')[]) =>
    formOf({ user: 'u', name: 'n', capabilities: types.map((type) => ({ type })) });
  const resource: Resource = { ...cpus, allocation_info: { role: 'ads' } };
  const seen = (form: ReturnType<typeof formOf>) => inForm('Resource', resource, form);
  deepEqual(seen(framework()), { ...cpus, role: '*' });
  deepEqual(seen(framework('MULTI_ROLE')), { ...resource, role: '*' });
  deepEqual(seen(framework('RESERVATION_REFINEMENT')), cpus);
  deepEqual(seen(framework('MULTI_ROLE', 'RESERVATION_REFINEMENT')), resource);
});
