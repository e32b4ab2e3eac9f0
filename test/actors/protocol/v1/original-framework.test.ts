/** A framework that speaks v1 is told to others who do in its own words. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameworkId } from '../../../../actors/protocol/ids.ts';
import { jsonTextOf } from '../../../../actors/protocol/v1/codec.ts';
import type { V1 } from '../../../../actors/protocol/v1/dictionary.ts';
import { fromFramework } from '../../../../actors/protocol/v1/from-nouns/frameworks.ts';
import { readWith } from '../../../../actors/protocol/v1/reading.ts';
import { toFramework } from '../../../../actors/protocol/v1/to-nouns/frameworks.ts';

const SAID: V1<'FrameworkInfo'> = {
  user: 'somebody',
  name: 'v1',
  roles: ['dev'],
  capabilities: [{ type: 'MULTI_ROLE' }, { type: 'GPU_RESOURCES' }],
  offer_filters: new Map([['dev', { min_allocatable_resources: {} }]]),
};
const { noun } = readWith((report) => toFramework(SAID, report, ''));

test('a framework that subscribed by v1 is told as it told itself, with the id that it has', () => {
  const kept = { ...noun, original: jsonTextOf('FrameworkInfo', SAID) };
  const told = fromFramework(kept, 'f' as FrameworkId);
  deepEqual(told, { ...SAID, id: { value: 'f' }, failover_timeout: 0, checkpoint: false });
});

test('its user is the one that it has, whatever it said later', () => {
  const original = jsonTextOf('FrameworkInfo', { ...SAID, user: 'other' });
  deepEqual(fromFramework({ ...noun, original }, undefined).user, 'somebody');
});

test('one whose text is none is told as its noun: such a text may come from anywhere', () => {
  for (const original of ['', '{}', '[', '{"user":7}']) {
    deepEqual(fromFramework({ ...noun, original }, undefined), fromFramework(noun, undefined));
  }
});
