/** The command line and the environment of `bin/node`. */
import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { environmentName, FLAGS, ROLES } from '../../bin/flags.ts';
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
  for (const { name } of Object.values(FLAGS)) match(help, new RegExp(`--${name} `));
  match(help, /--agent-ping-timeout <DURATION>\s[^[]*\(default: 15s\)\s*\[master,\s*local\]/);
  match(help, /Exit codes:/);
});

test('every flag belongs to a role, and no two have one name', () => {
  const flags = Object.values(FLAGS);
  const names = flags.flatMap((flag) => ('alias' in flag ? [flag.name, flag.alias] : [flag.name]));
  equal(new Set(names.map(environmentName)).size, names.length);
  for (const { roles } of flags) equal(roles.length > 0 && roles.length <= ROLES.length, true);
});

function values(...argv: string[]) {
  return readFlags(argv, {}, '1.0').values;
}

function refuses(argv: readonly string[], sentence: RegExp, environment: Environment = {}): void {
  throws(() => readFlags(argv, environment, '1.0'), { exit: 'usage', message: sentence });
}
