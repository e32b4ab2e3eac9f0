/** The command line and the environment of `bin/node`. */
import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { environmentNames, FLAGS, type FlagKey, ROLES } from '../../bin/flags.ts';
import { namesOf } from '../../bin/mesos-flags/mesos-flags.ts';
import { type Environment, readFlags } from '../../bin/read-flags.ts';

test('a flag is written with a space or with an equals sign, in kebab or in snake case', () => {
  for (const flags of [
    ['--agent-ping-timeout', '2s'],
    ['--agent-ping-timeout=2s'],
    ['--agent_ping_timeout=2s'],
  ])
    equal(values('--role', 'master', ...flags).agentPingTimeoutMs, 2000);
});

test('a second name is as good as the first', () => {
  equal(values('--role', 'master', '--ip', '10.0.0.1').listenAddress, '10.0.0.1');
});

test('a flag that is true or false is named alone, with no- before it, or with a word behind it', () => {
  for (const [written, expected] of [
    ['--quiet', true],
    ['--quiet=true', true],
    ['--quiet=1', true],
    ['--no-quiet', false],
    ['--no_quiet', false],
    ['--quiet=0', false],
  ] as const)
    equal(values('--role', 'master', written).quiet, expected);
  equal(values('--role', 'master').rootSubmissions, true);
  equal(values('--role=master', '--no-root_submissions').rootSubmissions, false);
  refuses(['--role', 'master', '--no-quiet=true'], /^--no-quiet has no value; say --quiet=true/);
  refuses(['--role', 'master', '--quiet=yes'], /^Cannot use --quiet "yes": it must be one of true/);
});

test('the names of the time when agents were slaves are read', () => {
  equal(values('--role', 'master', '--slave_ping_timeout=3secs').agentPingTimeoutMs, 3000);
});

test('a value that begins with file:// is what is in that file, without blanks around it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'messor-flags-'));
  try {
    const path = join(directory, 'resources');
    writeFileSync(path, '\n[{"name": "cpus", "type": "SCALAR", "scalar": {"value": 1.5}}]\n');
    const { resources, workDirectory } = values(
      ...['--role', 'agent', '--resources', `file://${path}`, '--work_dir', 'file:///a/b'],
    );
    deepEqual(resources, [{ name: 'cpus', type: 'scalar', milli: 1500 }]);
    equal(workDirectory, '/a/b');
    refuses(
      ['--role', 'agent', `--resources=file://${directory}/none`],
      /^Cannot use --resources "file:.*none": the file cannot be read: .*ENOENT/,
    );
    writeFileSync(path, 'x'.repeat(2_000_000));
    refuses(['--role', 'agent', `--resources=file://${path}`], /longer than 1048576 bytes$/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('what is not given has its default, or is absent', () => {
  const { agentPingTimeoutMs, weights, port, listenAddress } = values('--role', 'master');
  deepEqual(
    { agentPingTimeoutMs, weights, port, listenAddress },
    {
      agentPingTimeoutMs: 15_000,
      weights: undefined,
      port: undefined,
      listenAddress: '127.0.0.1',
    },
  );
});

test('the environment speaks where the command line is silent', () => {
  const environment = { MESSOR_ROLE: 'agent', MESSOR_PORT: '6000', MESSOR_WORK_DIR: '' };
  const { role, values: read } = readFlags(['--port', '7000'], environment, '1.0');
  deepEqual([role, read.port, read.workDirectory], ['agent', 7000, undefined]);
});

test('the environment may speak to Mesos, but what it says to us counts more', () => {
  const read = (environment: Environment) =>
    readFlags(['--role', 'agent'], environment, '1').values;
  equal(read({ MESOS_PORT: '6000' }).port, 6000);
  equal(read({ MESOS_PORT: '6000', MESSOR_PORT: '7000' }).port, 7000);
  equal(read({ MESOS_IP: '10.0.0.1', MESSOR_LISTEN_ADDRESS: '' }).listenAddress, '10.0.0.1');
  equal(read({ MESOS_LOGGING_LEVEL: 'WARNING' }).logLevel, 'warn');
  refuses(['--role', 'agent'], /^Cannot use MESOS_PORT "x": /, { MESOS_PORT: 'x' });
  // Of a flag that Mesos has not, its variable says something else.
  refuses([], /^Name what this node is/, { MESOS_ROLE: 'agent' });
});

test('a flag of Mesos that there is not is refused by name, with what to use instead', () => {
  refuses(['--role', 'master', '--zk=zk://a/b'], /^Cannot use --zk: there is no ZooKeeper/);
  refuses(['--role', 'agent', '--gpus', '1'], /^Unknown flag "--gpus"/);
  refuses(['--role=agent', '--nvidia_gpu_devices=0'], /^Cannot use --nvidia-gpu-devices: /);
  refuses(['--role', 'agent'], /^Cannot use MESOS_CREDENTIAL: nobody is asked/, {
    MESOS_CREDENTIAL: '/a',
  });
  readFlags(['--role', 'master'], { MESOS_CREDENTIAL: '/a', MESOS_SANDBOX: '/b' }, '1');
});

test('a flag of Mesos that asks for what is so anyway is read', () => {
  values('--role=agent', '--containerizers=mesos', '--no-switch_user', '--launcher=posix');
  values('--role=master', '--no-authenticate', '--allocator=HierarchicalDRF');
  refuses(
    ['--role', 'agent', '--containerizers=docker,mesos'],
    /^Cannot use --containerizers "docker,mesos": tasks are not run by Docker yet/,
  );
  refuses(['--role', 'agent', '--switch_user'], /^Cannot use --switch-user "true": tasks run as/);
});

test('the environment may hold flags of other roles, a command line may not', () => {
  equal(values('--role', 'master').role, 'master');
  readFlags(['--role', 'master'], { MESSOR_RESOURCES: 'cpus:1' }, '1.0');
  refuses(
    ['--role', 'master', '--resources', 'cpus:1'],
    /^--resources is for agent and local, not for master$/,
  );
});

test('an unknown flag is refused, and what may have been meant is named', () => {
  refuses(['--role', 'agent', '--prot', '1'], /^Unknown flag "--prot"; did you mean --port\?/);
  refuses(['--role', 'agent', '--zzzzzz'], /^Unknown flag "--zzzzzz"; see --help$/);
});

test('a flag without a value and a stray word are refused', () => {
  refuses(['--role', 'agent', '--port'], /^--port needs a value/);
  refuses(['--role', 'agent', 'stray'], /more arguments than expected/);
});

test('a bad value is quoted, with where it came from', () => {
  refuses(['--role', 'agent', '--port', '99999'], /^Cannot use --port "99999": /);
  refuses(['--role', 'agent'], /^Cannot use MESSOR_PORT "x": /, { MESSOR_PORT: 'x' });
  refuses(['--role', 'boss'], /^Cannot use --role "boss": it must be one of master, agent/);
});

test('a node without a role is told which there are', () => {
  refuses([], /^Name what this node is: --role master, --role agent/);
});

test('the help names every flag, its default and its roles', () => {
  const written: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = (text: string | Uint8Array) => written.push(String(text)) > 0;
  try {
    throws(() => readFlags(['--help'], {}, '1.0'), { exitCode: 0 });
  } finally {
    process.stdout.write = write;
  }
  const help = written.join('');
  for (const { name } of Object.values(FLAGS)) match(help, new RegExp(`(--|no-\\])${name} `));
  match(help, /--agent-ping-timeout <DURATION>\s[^[]*\(default: 15s\)\s*\[master,\s*local\]/);
  match(help, /Exit codes:/);
});

test('every flag belongs to a role, and no two have one name', () => {
  const names = (Object.keys(FLAGS) as FlagKey[]).flatMap(namesOf);
  equal(new Set(names.flatMap(environmentNames)).size, 2 * names.length);
  for (const { roles } of Object.values(FLAGS))
    equal(roles.length > 0 && roles.length <= ROLES.length, true);
});

function values(...argv: string[]) {
  return readFlags(argv, {}, '1.0').values;
}

function refuses(argv: readonly string[], sentence: RegExp, environment: Environment = {}): void {
  throws(() => readFlags(argv, environment, '1.0'), { exit: 'usage', message: sentence });
}
