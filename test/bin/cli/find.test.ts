/** What a person means by an id. */
import { equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { distance, findById } from '../../../bin/cli/find.ts';

const IDS = ['build-1', 'build-10', 'test-1'];

test('the whole id is meant, even when it is the beginning of another', () => {
  equal(find('build-1'), 'build-1');
});

test('the beginning of an id is enough when it fits only one', () => {
  equal(find('te'), 'test-1');
});

test('a beginning that fits several is refused with all of them', () => {
  refuses('build', '"build" can mean build-1, build-10; say more of it');
});

test('nothing is meant by an empty id, not even the only thing that there is', () => {
  throws(() => findById(['only'], '', 'task', String), {
    message: 'Cannot find a task by an empty id: give the beginning of one',
  });
});

test('a slip of the pen is answered with what may have been meant', () => {
  refuses('biuld-1', 'Cannot find task "biuld-1": did you mean build-1?');
});

test('an id unlike all others is answered with what there is', () => {
  refuses('x', 'Cannot find task "x": there are build-1, build-10, test-1');
  throws(() => findById<string>([], 'x', 'task', String), {
    message: 'Cannot find task "x": there is none at all',
  });
});

test('many candidates are cut short and counted', () => {
  const many = Array.from({ length: 9 }, (_, index) => `t${index}`);
  throws(() => findById(many, 't', 'task', String), {
    message: '"t" can mean t0, t1, t2, t3, t4 and 4 more; say more of it',
  });
});

test('the distance of two words is the number of letters to change, add or leave out', () => {
  equal(distance('kitten', 'sitting'), 3);
  equal(distance('', 'abc'), 3);
  equal(distance('abc', 'abc'), 0);
});

function find(wanted: string): string {
  return findById(IDS, wanted, 'task', String);
}

function refuses(wanted: string, message: string): void {
  throws(() => find(wanted), { exit: 'failed', message });
}
