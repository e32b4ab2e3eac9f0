/**
 * The schema against that of Mesos (c1b42f7, 2024-08-23): the golden file has a digest of each message
 * and enumeration, made from what `protoc --descriptor_set_out` says of Mesos' own .proto files.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type {
  EnumDefinition,
  MessageDefinition,
} from '../../../../actors/protocol/v1/definition.ts';
import { fieldOf, V1_DEFINITIONS } from '../../../../actors/protocol/v1/dictionary.ts';

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../golden/v1-schema.json'), 'utf8'),
) as Readonly<Record<string, string>>;

test('all that the APIs of Mesos are made of is in the dictionary, and nothing else', () => {
  deepEqual(Object.keys(V1_DEFINITIONS).sort(), Object.keys(golden).sort());
});

test('names, numbers, labels, types, defaults and their order are those of Mesos', () => {
  const wrong = Object.entries(V1_DEFINITIONS).filter(
    ([name, definition]) => digest(factsOf(definition)) !== golden[name],
  );
  equal(wrong.map(([name]) => name).join('\n'), '');
});

test('a field that is not set reads as its default, the first name, or the zero of its type', () => {
  equal(fieldOf('CommandInfo', {}, 'shell'), true);
  equal(fieldOf('CommandInfo', {}, 'value'), '');
  equal(fieldOf('HealthCheck', {}, 'grace_period_seconds'), 10);
  equal(fieldOf('scheduler.Call', {}, 'type'), 'UNKNOWN');
  equal(fieldOf('Environment.Variable', { name: 'A' }, 'type'), 'VALUE');
  equal(fieldOf('Filters', { refuse_seconds: 0 }, 'refuse_seconds'), 0);
  equal(fieldOf('TaskStatus', { task_id: { value: 't' }, state: 'TASK_LOST' }, 'healthy'), false);
  equal(fieldOf('scheduler.Call', {}, 'accept'), undefined);
});

/** One line for each field or name. */
function factsOf(definition: MessageDefinition | EnumDefinition): readonly string[] {
  if (definition.kind === 'enum') {
    return Object.entries(definition.numbers).map(([name, number]) => `${number} ${name}`);
  }
  return Object.entries(definition.fields).map(([name, { number, label, type, options }]) => {
    const deprecated = options.deprecated === true ? ' deprecated' : '';
    const unset = options.default === undefined ? '' : `=${options.default}${deprecated}`;
    const oneof = options.oneof === undefined ? '' : ` oneof ${options.oneof}`;
    return `${number} ${label} ${type} ${name}${unset}${oneof}`;
  });
}

function digest(facts: readonly string[]): string {
  return createHash('sha256').update(facts.join('\n')).digest('hex').slice(0, 12);
}
