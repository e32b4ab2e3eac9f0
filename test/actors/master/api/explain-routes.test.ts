/** `GET /explain`. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { type AskMaster, explainRoutes } from '../../../../actors/master/api/explain-routes.ts';
import { masterApi } from '../../../../actors/master/api/master-api.ts';
import type { Explanation } from '../../../../actors/protocol/explanation.ts';
import type { FrameworkId } from '../../../../actors/protocol/ids.ts';
import { parseResources } from '../../../../actors/protocol/resources.ts';
import type { Tagged } from '../../../../runtime/actor.ts';
import { address } from '../../../../runtime/address.ts';
import { askingRoutes } from '../../../kit/http-routes.ts';
import { startMasterOf } from '../../../kit/lone-master.ts';
import { VirtualWorld } from '../../../kit/virtual-world.ts';

const frameworkId = 'f' as FrameworkId;
const SUPPRESSED: Explanation = {
  type: 'explanation',
  frameworkId,
  reasons: [{ code: 'suppressed', role: '*', text: 'The framework has suppressed offers' }],
  roles: [],
};

function asking(answer: Explanation | undefined) {
  const asked: Tagged[] = [];
  const askMaster: AskMaster = async (message) => {
    asked.push(message(address('asker', 'm:1')));
    // The routes ask for nothing but explanations.
    return answer as never;
  };
  return {
    asked,
    ask: askingRoutes(
      explainRoutes(askMaster, () => undefined),
      ['master'],
    ),
  };
}

test('a question is read from the query, and the answer is the explanation', async () => {
  const { asked, ask } = asking(SUPPRESSED);
  const { status, text } = await ask('GET', '/explain?framework=f&needs=cpus:1%3Bmem:64');
  equal(status, 200);
  const { type: _, ...expected } = SUPPRESSED;
  deepEqual(JSON.parse(text), expected);
  const needs = parseResources('cpus:1;mem:64');
  const replyTo = address('asker', 'm:1');
  deepEqual(asked, [{ type: 'explain', frameworkId, needs, replyTo }]);
});

test('a question that is none is refused, and nobody is asked', async () => {
  for (const [query, sentence] of [
    ['', /^Expecting 'framework' or 'task' to be present$/],
    ['?task=', /^Invalid 'task': /],
    ['?framework=a%2F..', /^Invalid 'framework': /],
    [`?task=${'x'.repeat(9000)}`, /^Invalid 'task': /],
    ['?task=t&needs=x', /^Invalid 'needs': /],
    ['?task=%zz', /not well encoded$/],
  ] as const) {
    const { asked, ask } = asking(SUPPRESSED);
    const { status, text } = await ask('GET', `/explain${query}`);
    equal(status, 400);
    match(text, sentence);
    equal(asked.length, 0);
  }
});

test('what is not known is 404 with the reason, and without a master it is 503', async () => {
  const reasons = [{ code: 'unknownTask', text: 'No task' }] as const;
  const unknown = await asking({ type: 'explanation', reasons }).ask('GET', '/explain?task=t');
  deepEqual([unknown.status, JSON.parse(unknown.text)], [404, { reasons }]);
  equal((await asking(undefined).ask('GET', '/explain?task=t')).status, 503);
});

test('a master answers as soon as it leads', async () => {
  const world = new VirtualWorld({ seed: 1 });
  const api = masterApi({ version: '0.0.0' });
  world.start('a:5050', ({ system }) => {
    api.open({ system, mastership: startMasterOf(system, ['a:5050'], world.disk('a'), {}) });
  });
  const ask = askingRoutes(api.routes, ['master']);
  equal((await world.settle(ask('GET', '/explain?framework=nobody'))).status, 503);
  await world.runFor(3000);
  const { status, text } = await world.settle(ask('GET', '/master/explain?framework=nobody'));
  equal(status, 404);
  equal(JSON.parse(text).reasons[0].code, 'unknownFramework');
  await world.close();
});
