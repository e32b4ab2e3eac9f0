/** Which master is asked next. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  foundLeader,
  lostLeader,
  MASTERS_TOLD_MAX,
  type MasterSearch,
  mastersOf,
  nextMaster,
  redirected,
  searchAmong,
} from '../../../actors/protocol/masters.ts';

/** Whom it asks, `count` times, when nobody answers. */
function turns(search: MasterSearch, count: number): string[] {
  const asked: string[] = [];
  let now = search;
  for (let index = 0; index < count; index++) {
    const next = nextMaster(now);
    asked.push(next.node);
    now = next.search;
  }
  return asked;
}
const says = (epoch: number, leader?: string, masters: readonly string[] = []) => ({
  type: 'notLeader' as const,
  epoch,
  masters,
  ...(leader === undefined ? {} : { leader }),
});

test('masters take turns until one answers', () => {
  deepEqual(turns(searchAmong(['a:1', 'b:1']), 5), ['a:1', 'b:1', 'a:1', 'b:1', 'a:1']);
});

test('who is said to lead is asked next, also one that was not given, and then the others again', () => {
  const { search, askNow } = redirected(searchAmong(['a:1', 'b:1']), says(3, 'c:1'));
  ok(askNow);
  deepEqual(turns(search, 3), ['c:1', 'a:1', 'b:1']);
});

test('one that knows no leader sends nowhere, but may know other masters', () => {
  const { search, askNow } = redirected(
    searchAmong(['a:1']),
    says(3, undefined, ['a:1', 'b:1', 'c:1']),
  );
  equal(askNow, false);
  deepEqual(mastersOf(search), ['a:1', 'b:1', 'c:1']);
});

test('what is said of an older leadership is not believed', () => {
  const found = foundLeader(searchAmong(['a:1', 'b:1']), { epoch: 7, masters: [] });
  ok(found);
  equal(redirected(found, says(6, 'b:1')).askNow, false);
  equal(foundLeader(found, { epoch: 6, masters: [] }), undefined);
  ok(foundLeader(found, { epoch: 7, masters: [] }));
});

test('masters that send on to each other for ever are not followed for ever', () => {
  let search = searchAmong(['a:1', 'b:1']);
  let followed = 0;
  for (let index = 0; index < 100; index++) {
    const next = redirected(search, says(1, index % 2 === 0 ? 'a:1' : 'b:1'));
    if (!next.askNow) break;
    followed++;
    search = nextMaster(next.search).search;
  }
  equal(followed, 4);
});

test('when a leader is lost the others are asked first', () => {
  const found = foundLeader(searchAmong(['a:1', 'b:1', 'c:1']), { epoch: 1, masters: [] });
  ok(found);
  deepEqual(turns(lostLeader(found, 'a:1'), 3), ['b:1', 'c:1', 'a:1']);
  deepEqual(turns(lostLeader(found, 'c:1'), 2), ['a:1', 'b:1']);
});

test('whatever masters say, somebody is asked, and what is remembered stays small', () => {
  const node = fc.constantFrom('a:1', 'b:1', 'c:1', 'd:1');
  const answer = fc.record({
    epoch: fc.nat(5),
    leader: fc.option(node, { nil: undefined }),
    masters: fc.array(node, { maxLength: 100 }),
  });
  fc.assert(
    fc.property(fc.array(answer), (answers) => {
      let search = searchAmong(['a:1']);
      for (const { epoch, leader, masters } of answers) {
        search = nextMaster(redirected(search, says(epoch, leader, masters)).search).search;
        ok(search.told.length <= MASTERS_TOLD_MAX);
        ok(nextMaster(search).node !== '');
      }
    }),
  );
});
