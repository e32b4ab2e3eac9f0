/** Values of flags: what is read, and what is said about those that cannot be. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as unit from '../../bin/flag-units.ts';

test('a duration is read in the units of Mesos and in the short ones', () => {
  const texts = ['500ms', '15s', '15secs', '1.5mins', '2hrs', '1days', '2weeks', '0s'];
  deepEqual(
    texts.map(unit.duration.read),
    [500, 15_000, 15_000, 90_000, 7_200_000, 86_400_000, 1_209_600_000, 0],
  );
});

test('a duration without a unit is refused, as nobody knows what was meant', () => {
  refuses(unit.duration, '15', /a number with a unit, such as 500ms/);
});

test('a duration that no timer can wait is refused', () => {
  refuses(unit.duration, '4weeks', /the longest duration is 24days/);
});

test('an interval must not be nothing', () => {
  refuses(unit.positiveDuration, '0s', /at least 1ms/);
});

test('what no timer waits for may take years', () => {
  equal(unit.age.read('8weeks'), 4_838_400_000);
  refuses(unit.age, '99999weeks', /the longest is/);
});

test('durations and levels of the log are printed as Mesos prints them', () => {
  const printed = (text: string) => unit.age.print?.(unit.age.read(text));
  deepEqual(['90s', '1.5ms', '60s', '14d', '0s', '36hrs', '0.001us'].map(printed), [
    '90secs',
    '1500us',
    '1mins',
    '2weeks',
    '0ns',
    '36hrs',
    '1ns',
  ]);
  const { logLevel } = unit;
  deepEqual(
    ['INFO', 'warn', 'trace'].map((text) => logLevel.print?.(logLevel.read(text))),
    ['INFO', 'WARNING', 'trace'],
  );
  refuses(unit.logLevel, 'DEBUG', /must be one of trace/);
});

test('sizes count in powers of 1024', () => {
  deepEqual(
    ['1B', '64KB', '512MB', '1.5GB'].map(unit.bytes.read),
    [1, 65_536, 536_870_912, 1_610_612_736],
  );
  refuses(unit.bytes, '512', /a number with a unit, such as 64KB/);
});

test('counts are whole and within their bounds', () => {
  equal(unit.count(1, 10).read('10'), 10);
  for (const text of ['0', '11', '1.5', '-1', 'ten', ''])
    refuses(unit.count(1, 10), text, /a whole number from 1 to 10/);
});

test('an amount of a resource is above nothing and has three decimals at most', () => {
  equal(unit.amount.read('0.125'), 0.125);
  for (const text of ['0', '0.0001', '-1', '1e3', 'x']) refuses(unit.amount, text, /above 0/);
});

test('masters are named once each, and may leave out the well-known port', () => {
  deepEqual(['localhost', '10.0.0.1:6000', '[::1]', 'a, b:6000'].map(unit.masterAddresses.read), [
    'localhost:5050',
    '10.0.0.1:6000',
    '[::1]:5050',
    'a:5050,b:6000',
  ]);
  refuses(unit.masterAddresses, 'a,a:5050', /each master is named once/);
  for (const text of ['', 'a,', ':5050', 'a:b', 'host:0', 'host:70000', 'a b', 'http://host:1'])
    refuses(unit.masterAddresses, text, /looks like host:port/);
});

test('a registry is in memory, in a log, or in an etcd whose endpoints are named once each', () => {
  deepEqual(['memory', 'raft', 'raft:/a:b', 'etcd://a,b:1'].map(unit.registry.read), [
    { kind: 'memory' },
    { kind: 'raft', path: undefined },
    { kind: 'raft', path: '/a:b' },
    { kind: 'etcd', endpoints: ['a:2379', 'b:1'] },
  ]);
  refuses(unit.registry, 'zookeeper', /memory, raft, raft:DIR .*, or etcd:\/\/HOST:PORT/);
  refuses(unit.registry, 'etcd://a,a:2379', /each endpoint is named once/);
  refuses(unit.registry, 'etcd://root:x@a', /speak to etcd without a user/);
  for (const text of ['etcd:', 'etcd://', 'etcd://a/b', 'etcd:a:2379', 'etcd://a:0'])
    refuses(unit.registry, text, /looks like host:port/);
});

test('memory is counted in MiB, whatever the unit it is written in', () => {
  deepEqual(['64', '64MB', '1GB', '512KB'].map(unit.mebibytes.read), [64, 64, 1024, 0.5]);
  refuses(unit.mebibytes, '0', /more than nothing/);
  refuses(unit.mebibytes, 'much', /a number with a unit/);
});

test('names in a list are there once and are not empty', () => {
  deepEqual(unit.names.read('a,b'), ['a', 'b']);
  for (const text of ['', 'a,,b', 'a,a']) refuses(unit.names, text, /each is there once/);
});

test('each role has one weight above 0', () => {
  deepEqual(unit.weights.read('analytics=2,web=0.5'), [
    { role: 'analytics', weight: 2 },
    { role: 'web', weight: 0.5 },
  ]);
  refuses(unit.weights, 'web=0', /each above 0/);
  refuses(unit.weights, 'web', /weights look like/);
  refuses(unit.weights, 'web=1,web=2', /each role has one weight/);
});

test('a rate is a number in a time, and told as the time for one', () => {
  equal(unit.rate.read('1/10mins'), 600_000);
  equal(unit.rate.read('3/1secs'), 334);
  refuses(unit.rate, '0/1secs', /a rate is a number in a time/);
  refuses(unit.rate, '10mins', /a rate is a number in a time/);
  refuses(unit.rate, '1/10', /a duration is a number with a unit/);
});

function refuses(of: unit.FlagUnit<unknown>, text: string, why: RegExp): void {
  throws(() => of.read(text), { name: 'FlagValueFault', message: why });
}
