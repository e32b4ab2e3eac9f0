/** Short ways to say what most schedulers say. */
import { deepEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { mastersAt, programCommand, shellCommand } from '../../../actors/framework/describe.ts';

test('masters are named by their nodes, separated by commas', () => {
  deepEqual(mastersAt('a:5050, b:5050'), [
    { name: 'master', node: 'a:5050' },
    { name: 'master', node: 'b:5050' },
  ]);
  throws(() => mastersAt('a:5050,b'), {
    message: 'Cannot find a master at "b": write host:port, as in 10.0.0.1:5050',
  });
});

test('a shell command is a line, a program command its whole argv', () => {
  deepEqual(shellCommand('echo $A', { A: '1' }), {
    shell: true,
    value: 'echo $A',
    arguments: [],
    environment: [{ name: 'A', value: '1' }],
  });
  deepEqual(programCommand(['echo', '$A']), {
    shell: false,
    value: 'echo',
    arguments: ['echo', '$A'],
    environment: [],
  });
});
