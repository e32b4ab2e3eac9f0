/** What a machine has to offer. Source: Mesos 1.11, src/slave/containerizer/containerizer.cpp. */
import { equal, ok } from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { agentResources, detectMachine } from '../../../actors/agent/detection.ts';
import { formatResources, parseResources } from '../../../actors/protocol/resources.ts';

const GIB = 1024 ** 3;
const detected = (given: string, memGib: number, diskGib: number, defaultRole = '*') => {
  const bytes = { memBytes: memGib * GIB, diskBytes: diskGib * GIB };
  return formatResources(
    agentResources(parseResources(given), { cpuCount: 8, ...bytes }, defaultRole),
  );
};

test('the machine keeps 1 GiB of memory and 5 GiB of disk', () => {
  equal(detected('', 16, 100), 'cpus:8;disk:97280;mem:15360;ports:[31000-32000]');
});

test('a small machine keeps half of them', () => {
  equal(detected('', 1.5, 8), 'cpus:8;disk:4096;mem:768;ports:[31000-32000]');
});

test('what is given counts, whatever the machine has, and what is not given is found', () => {
  equal(
    detected('cpus:0.5;gpus:2;ports:[1-5]', 16, 100),
    'cpus:0.5;disk:97280;gpus:2;mem:15360;ports:[1-5]',
  );
});

test('what is given to nobody is the default role’s', () => {
  equal(
    detected('cpus(eng):2;cpus:1', 16, 100, 'ads'),
    'cpus(ads):1;cpus(eng):2;disk(ads):97280;mem(ads):15360;ports(ads):[31000-32000]',
  );
});

test('this machine has something of everything', async () => {
  const { cpuCount, memBytes, diskBytes } = await detectMachine(tmpdir());
  ok(cpuCount >= 1 && memBytes > 0 && diskBytes > 0);
});
