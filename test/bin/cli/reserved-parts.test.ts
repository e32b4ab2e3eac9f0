/** What of an agent a person means who names an amount and a role, or a volume. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { withoutReservations } from '../../../actors/protocol/resource-selection.ts';
import { formatResources, parseResources, plus } from '../../../actors/protocol/resources.ts';
import {
  amountsOf,
  reservedFor,
  reservedPart,
  volumeNamed,
  volumesOf,
  volumeToMake,
} from '../../../bin/cli/reserved-parts.ts';

const reserved = reservedFor(parseResources('cpus:2;disk:100'), { role: 'db', principal: 'ops' });
const total = plus(parseResources('cpus:2;mem:64'), reserved);
const wanted = { id: 'v', role: 'db', mebibytes: 40, containerPath: 'data', shared: false };

test('what is taken back is of the reservation that is there, whoever made it', () => {
  const part = reservedPart(total, amountsOf('cpus:1;disk:10'), 'db');
  equal(formatResources(withoutReservations(part)), 'cpus:1;disk:10');
  equal(
    part.every(({ reservations }) => reservations?.[0]?.principal === 'ops'),
    true,
  );
});

test('what is not reserved for the role is refused, with what is', () => {
  throws(() => reservedPart(total, amountsOf('cpus:3'), 'db'), /cpus.*:2;disk.*:100 is reserved/);
  throws(() => reservedPart(total, amountsOf('cpus:1'), 'web'), /nothing is reserved/);
  throws(() => amountsOf('cpus=1'), /Cannot read the resources "cpus=1"/);
});

test('a volume of disk that is not reserved is refused, with what to do', () => {
  throws(
    () => volumeToMake(total, { ...wanted, role: 'web' }),
    /volume of 40 MiB for role "web": nothing is reserved.*: messor reserve AGENT disk:40 --role web$/,
  );
  const fixed = parseResources('disk(web):64');
  equal(volumeToMake(fixed, { ...wanted, role: 'web' }).milli, 40_000);
});

test('a volume is made of reserved disk, and found by its id', () => {
  const volume = volumeToMake(total, wanted);
  deepEqual([volume.milli, volume.disk?.persistence?.id], [40_000, 'v']);
  const after = plus(total, [volume]);
  equal(volumeNamed(after, 'v', undefined), volumesOf(after)[0]);
  throws(
    () => volumeNamed(after, 'w', undefined),
    /No volume "w" is there: of this agent there is v/,
  );
  throws(() => volumeNamed(after, 'v', 'web'), /No volume "v"/);
});
