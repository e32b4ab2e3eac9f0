/** The table of Mesos' flags, and what a node tells of its own under Mesos' names. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { flagList } from '../../bin/flag-list.ts';
import { MESOS_FLAGS, standingOf } from '../../bin/mesos-flags/mesos-flags.ts';
import { readFlags } from '../../bin/read-flags.ts';

// Source: Mesos 1.11, src/master/flags.cpp (71), logging/flags.cpp (6), stout/flags/flags.hpp (help).
const MASTER_FLAG_COUNT = 78;
// Source: src/slave/flags.cpp (160), and the same seven.
const AGENT_FLAG_COUNT = 167;

test('every flag of Mesos is there once for each role', () => {
  const names = MESOS_FLAGS.flatMap(({ role, name, aliases }) =>
    [name, ...aliases].map((each) => `${role} ${each}`),
  );
  deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
  const countOf = (role: string) => MESOS_FLAGS.filter((flag) => flag.role === role).length;
  deepEqual([countOf('master'), countOf('agent')], [MASTER_FLAG_COUNT, AGENT_FLAG_COUNT]);
});

test('every flag of Mesos is one of ours, or it is said what to use instead', () => {
  const silent = MESOS_FLAGS.filter((flag) => {
    const standing = standingOf(flag);
    return standing.status === 'refused' && flag.instead === undefined;
  });
  deepEqual(
    silent.map(({ role, name }) => `${role} --${name}`),
    [],
  );
});

test('a node tells its flags under the names and in the notation of Mesos', () => {
  const argv = ['--role', 'agent', '--executor_registration_timeout=90s', '--ip=10.0.0.1'];
  const list = flagList(readFlags(argv, { MESOS_ATTRIBUTES: 'rack:1' }, '1'), { port: '5051' });
  const told = new Map(list.map(({ name, value }) => [name, value]));
  equal(told.get('executor_registration_timeout'), '90secs');
  equal(told.get('executor_shutdown_grace_period'), '5secs');
  equal(told.get('ip'), '10.0.0.1');
  equal(told.get('port'), '5051');
  equal(told.get('attributes'), 'rack:1');
  equal(told.get('logging_level'), 'INFO');
  equal(told.get('quiet'), 'false');
  equal(told.has('resources'), false);
  equal(told.has('offer_timeout'), false);
  for (const { name } of list) ok(/^[a-z_0-9]+$/.test(name), name);
});
