/** Operations on resources are refused in the words of Mesos, validation.cpp, namespace operation. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import {
  type OperationGround,
  resourceOperationFault,
} from '../../../actors/master/resource-operation-faults.ts';
import type { FrameworkId } from '../../../actors/protocol/ids.ts';
import type { Reservation } from '../../../actors/protocol/resource-kinds.ts';
import type { ResourceOperation } from '../../../actors/protocol/resource-operations.ts';
import { pushReservation } from '../../../actors/protocol/resource-selection.ts';
import {
  parseResources,
  type Resources,
  type ScalarResource,
} from '../../../actors/protocol/resources.ts';

const dynamic = (role: string, principal?: string): Reservation => ({
  type: 'dynamic',
  role,
  ...(principal !== undefined && { principal }),
});
const cpusOf = (...reservations: readonly Reservation[]): Resources =>
  reservations.reduce<Resources>(pushReservation, parseResources('cpus:1'));
const volume = (more: Partial<ScalarResource> = {}): ScalarResource => ({
  ...{ name: 'disk', type: 'scalar', milli: 1000, reservations: [dynamic('a')] },
  disk: { persistence: { id: 'v' }, volume: { containerPath: 'data', mode: 'rw' } },
  ...more,
});
const operator: OperationGround = {
  principal: undefined,
  framework: undefined,
  total: parseResources('cpus:4;disk:100'),
  used: [],
};
const framework: OperationGround = {
  ...operator,
  framework: {
    frameworkId: 'f-1' as FrameworkId,
    role: 'a',
    info: {
      ...{ name: 'f', user: 'u', roles: ['a', 'b'], failoverTimeoutMs: 0, capabilities: [] },
    },
  },
};

function expect(operation: ResourceOperation, ground: OperationGround, fault?: string): void {
  equal(resourceOperationFault(operation, ground), fault);
}

test('only what is dynamic on top is reserved and unreserved', () => {
  for (const type of ['reserve', 'unreserve'] as const) {
    expect({ type, resources: cpusOf(dynamic('a')) }, operator);
    expect(
      { type, resources: cpusOf({ type: 'static', role: 'a' }) },
      operator,
      'Resource cpus(a):1 is not dynamically reserved',
    );
    expect({ type, resources: cpusOf() }, operator, 'Resource cpus:1 is not dynamically reserved');
  }
});

test('a framework reserves for the role that it was offered to', () => {
  expect({ type: 'reserve', resources: cpusOf(dynamic('a')) }, framework);
  expect(
    { type: 'reserve', resources: cpusOf(dynamic('b')) },
    framework,
    "A reserve operation was attempted for a resource with role 'b', but the resource was allocated to role 'a'",
  );
});

test('who reserves says who it is', () => {
  const somebody = { ...operator, principal: 'p' };
  expect({ type: 'reserve', resources: cpusOf(dynamic('a', 'p')) }, somebody);
  expect(
    { type: 'reserve', resources: cpusOf(dynamic('a')) },
    somebody,
    "A reserve operation was attempted by principal 'p', but there is a reserved resource in the request with no principal set",
  );
  expect(
    { type: 'reserve', resources: cpusOf(dynamic('a', 'q')) },
    somebody,
    "A reserve operation was attempted by authenticated principal 'p', which does not match a reserved resource in the request with principal 'q'",
  );
});

test('what goes from one role to another is the same amount, reserved alike', () => {
  const [source, resources] = [cpusOf(dynamic('a')), cpusOf(dynamic('b'))];
  expect({ type: 'reserve', source, resources }, operator);
  expect(
    { type: 'reserve', source: [], resources },
    operator,
    'Invalid source: Resource cannot be empty',
  );
  expect(
    { type: 'reserve', source: pushReservation(parseResources('cpus:2'), dynamic('a')), resources },
    operator,
    'Source and target resources should refer to identical resource quantities: cpus:2 vs. cpus:1',
  );
  expect(
    { type: 'reserve', source: [...source, ...resources], resources },
    operator,
    'Invalid source: Mixed reservations are not supported: cpus(reservations: [(DYNAMIC,a)]):1;cpus(reservations: [(DYNAMIC,b)]):1',
  );
});

test('a volume is destroyed before its disk is unreserved', () => {
  expect(
    { type: 'unreserve', resources: [volume()] },
    operator,
    'A dynamically reserved persistent volume disk(reservations: [(DYNAMIC,a)])[v:data]:1 cannot be unreserved directly. Please destroy the persistent volume first then unreserve the resource',
  );
});

test('a volume has an id of its own, a place in the container, and is written to', () => {
  const create = (one: ScalarResource, fault?: string, ground = operator) =>
    expect({ type: 'createVolumes', volumes: [one] }, ground, fault);
  create(volume());
  const { disk: _, ...plain } = volume();
  create(
    plain,
    'Not a persistent volume: Resource disk(reservations: [(DYNAMIC,a)]):1 does not have DiskInfo',
  );
  create(volume({ disk: {} }), "Not a persistent volume: 'persistence' is not set in DiskInfo");
  create(
    volume({ disk: { persistence: { id: 'v' } } }),
    "Not a persistent volume: Expecting 'volume' to be set for persistent volume",
  );
  create(
    volume({ disk: { persistence: { id: 'v' }, volume: { containerPath: 'x', mode: 'ro' } } }),
    'Not a persistent volume: Read-only persistent volume not supported',
  );
  create(volume(), "Persistence ID 'v' is not unique", { ...operator, total: [volume()] });
  create(volume({ reservations: [dynamic('b')] }), undefined, { ...operator, total: [volume()] });
  create(
    volume({ shared: true }),
    "Create volume operation for 'disk(reservations: [(DYNAMIC,a)])[v:data]<SHARED>:1' has been attempted by framework 'f-1' with no SHARED_RESOURCES capability",
    framework,
  );
});

test('a volume that is used, or not there, is not destroyed', () => {
  const destroy = { type: 'destroyVolumes', volumes: [volume()] } as const;
  expect(destroy, { ...operator, total: [volume()] });
  expect(destroy, operator, 'Persistent volumes not found');
  expect(
    destroy,
    { ...operator, total: [volume()], used: [volume()] },
    'Persistent volumes in use',
  );
});

test('a volume grows by what it is made of, and shrinks to something', () => {
  const addition = {
    name: 'disk',
    type: 'scalar',
    milli: 5,
    reservations: [dynamic('a')],
  } as const;
  expect({ type: 'growVolume', volume: volume(), addition }, operator);
  expect(
    {
      type: 'growVolume',
      volume: volume(),
      addition: { ...addition, reservations: [dynamic('b')] },
    },
    operator,
    "Incompatible resources in the 'GrowVolume.volume' and 'GrowVolume.addition' fields",
  );
  expect(
    { type: 'growVolume', volume: volume({ shared: true }), addition },
    operator,
    'Growing a shared persistent volume is not supported',
  );
  expect({ type: 'shrinkVolume', volume: volume(), subtractMilli: 999 }, operator);
  expect(
    { type: 'shrinkVolume', volume: volume(), subtractMilli: 1000 },
    operator,
    "Value of 'ShrinkVolume.subtract' must be smaller than the size of 'ShrinkVolume.volume'",
  );
  const source = { type: 'mount', root: '/m' } as const;
  expect(
    {
      type: 'shrinkVolume',
      volume: volume({ disk: { ...volume().disk, source } }),
      subtractMilli: 1,
    },
    operator,
    'Shrinking a volume on a MOUNT disk is not supported',
  );
});
