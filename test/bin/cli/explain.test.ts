/** `messor explain`: the story that is printed. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { RoleFacts } from '../../../actors/protocol/explanation.ts';
import { story } from '../../../bin/cli/explain.ts';

const FACTS: RoleFacts = {
  role: 'a',
  suppressed: false,
  share: 0.5,
  agents: {},
  samples: [],
  offeredCount: 0,
  declinedCount: 0,
};

test('the reasons come in their order, each with what to do, and then what was before', () => {
  const written = story(
    { kind: 'framework', id: 'f-1', name: 'batch' },
    {
      type: 'explanation',
      reasons: [
        { code: 'offersOutstanding', text: 'It has an offer', advice: 'Answer it' },
        { code: 'refused', role: 'a', text: 'It declined' },
        { code: 'suppressed', role: 'b', text: 'It has suppressed offers' },
      ],
      roles: [
        { ...FACTS, offeredCount: 3, lastOfferedMsAgo: 5000, declinedCount: 1 },
        { ...FACTS, role: 'b' },
      ],
      agentsLookedAt: 7,
    },
  );
  equal(
    written,
    [
      'Framework f-1 (batch)',
      '  It has an offer',
      '    → Answer it',
      '  In role a: It declined',
      '  In role b: It has suppressed offers',
      '  In role a it was made 3 offers, the last 5s ago, and declined all or a part of 1',
      '  In role b it has not been offered anything since this master leads',
      '  Agents looked at: 7',
      '',
    ].join('\n'),
  );
});

test('names of strangers do not steer the terminal', () => {
  const reasons = [{ code: 'taskRuns', text: 'It \u001b[31m runs' }] as const;
  equal(
    story({ kind: 'task', id: 't', name: 'a\nb' }, { type: 'explanation', reasons }),
    'Task t (a?b)\n  It ?[31m runs\n',
  );
});
