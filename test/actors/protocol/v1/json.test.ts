/** JSON as Mesos reads and writes it. Rules: stout's protobuf.hpp, json.hpp and base64.hpp. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { decodeV1, jsonTextOf, parseJson } from '../../../../actors/protocol/v1/codec.ts';
import type { V1, V1Name } from '../../../../actors/protocol/v1/dictionary.ts';
import { V1Error, type V1ErrorCode } from '../../../../actors/protocol/v1/faults.ts';

function read<Name extends V1Name>(name: Name, json: string): V1<Name> {
  return decodeV1(name, 'json', Buffer.from(json));
}

function refuses(
  name: V1Name,
  json: string | Uint8Array,
  code: V1ErrorCode,
  sentence: string,
  path = '',
): void {
  throws(
    () => decodeV1(name, 'json', Buffer.from(json)),
    (error) => {
      equal(error instanceof V1Error && error.code, code);
      equal((error as V1Error).message, sentence);
      equal((error as V1Error).path, path);
      return true;
    },
  );
}

const MISTYPED = 'Failed to convert JSON into Call protobuf: ';
const MALFORMED = 'Failed to parse body into JSON: ';

test('fields that are not set are shown when they have a default, unless it is deprecated', () => {
  equal(
    jsonTextOf('FrameworkInfo', { user: 'u', name: 'n' }),
    '{"user":"u","name":"n","failover_timeout":0.0,"checkpoint":false}',
  );
  equal(jsonTextOf('CommandInfo', {}), '{"shell":true}');
  equal(jsonTextOf('CommandInfo.URI', { value: 'v' }), '{"value":"v","extract":true}');
  equal(
    jsonTextOf('HealthCheck', {}),
    '{"delay_seconds":15.0,"interval_seconds":10.0,"timeout_seconds":20.0,' +
      '"consecutive_failures":3,"grace_period_seconds":10.0}',
  );
  const resource = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } } as const;
  equal(
    jsonTextOf('Resource', { ...resource, role: '*' }),
    '{"name":"cpus","type":"SCALAR","scalar":{"value":1.0},"role":"*"}',
  );
});

test('lists and maps without anything in them are not shown', () => {
  equal(jsonTextOf('scheduler.Call.Revive', { roles: [] }), '{}');
  equal(jsonTextOf('OfferFilters.ResourceQuantities', { quantities: new Map() }), '{}');
});

test('doubles show that they are doubles, and infinity is a text', () => {
  const shown = (value: number): string =>
    jsonTextOf('Value.Scalar', { value }).replace(/^.*:|}$/g, '');
  deepEqual(
    [5, 0.1, 1e20, 1e21, 1.5e300, 1e-6, 1e-7, -0, Infinity, -Infinity].map(shown),
    ['5.0', '0.1', '100000000000000000000.0', '1e21', '1.5e300', '0.000001', '1e-7', '-0.0'].concat(
      ['"Infinity"', '"-Infinity"'],
    ),
  );
});

test('integers of 64 bits keep every digit', () => {
  const json = '{"nanoseconds":9223372036854775807}';
  deepEqual(read('TimeInfo', json), { nanoseconds: 9223372036854775807n });
  equal(jsonTextOf('TimeInfo', read('TimeInfo', json)), json);
  const range = '{"begin":0,"end":18446744073709551615}';
  equal(jsonTextOf('Value.Range', read('Value.Range', range)), range);
});

test('numbers and booleans may be texts', () => {
  deepEqual(read('TimeInfo', '{"nanoseconds":"-9223372036854775808"}'), {
    nanoseconds: -9223372036854775808n,
  });
  deepEqual(read('Filters', '{"refuse_seconds":"1.5e2"}'), { refuse_seconds: 150 });
  deepEqual(read('Filters', '{"refuse_seconds":"Infinity"}'), { refuse_seconds: Infinity });
  deepEqual(read('SeccompInfo', '{"unconfined":"true"}'), { unconfined: true });
  deepEqual(read('TTYInfo.WindowSize', '{"rows":"24","columns":80.9}'), { rows: 24, columns: 80 });
});

test('null, unknown fields and unknown names of enumerations are as if they were not there', () => {
  deepEqual(
    read('scheduler.Call', '{"type":"DANCE","framework_id":null,"dance":{"x":[1,{}]}}'),
    {},
  );
  deepEqual(read('CapabilityInfo', '{"capabilities":["KILL","FLY","BPF"]}'), {
    capabilities: ['KILL', 'BPF'],
  });
  deepEqual(read('scheduler.Call.Revive', '{"roles":[null]}'), {});
});

test('one value may stand for a list of one, and lists in lists are one list', () => {
  deepEqual(read('scheduler.Call.Revive', '{"roles":"a"}'), { roles: ['a'] });
  deepEqual(read('scheduler.Call.Revive', '{"roles":["a",["b",[]]]}'), { roles: ['a', 'b'] });
});

test('of two values with one key the last counts, and of a oneof the last by name', () => {
  deepEqual(read('scheduler.Call.Revive', '{"roles":["a"],"roles":["b"]}'), { roles: ['b'] });
  deepEqual(
    read(
      'scheduler.AttributeConstraint.Selector',
      '{"pseudoattribute_type":"ZONE","attribute_name":"a"}',
    ),
    { pseudoattribute_type: 'ZONE' },
  );
});

test('bytes are base64, with blanks and without padding if need be', () => {
  const uuid = { value: Uint8Array.of(0, 1, 255) };
  deepEqual(read('UUID', '{"value":"AAH/"}'), uuid);
  deepEqual(read('UUID', '{"value":" AA\\nH/"}'), uuid);
  deepEqual(read('UUID', '{"value":"AAE"}'), { value: Uint8Array.of(0, 1) });
  deepEqual(read('UUID', '{"value":"AAE=ignored?"}'), { value: Uint8Array.of(0, 1) });
  equal(jsonTextOf('UUID', { value: Uint8Array.of(251, 240) }), '{"value":"+/A="}');
});

test('the grace period of a drain may be an object, or a text as the handbook of Mesos shows', () => {
  const drain = (period: string): unknown =>
    read('master.Call.DrainAgent', `{"agent_id":{"value":"a"},"max_grace_period":${period}}`)
      .max_grace_period;
  deepEqual(drain('{"seconds":600}'), { seconds: 600n });
  deepEqual(drain('"10mins"'), { seconds: 600n, nanos: 0 });
  deepEqual(drain('"1.5secs"'), { seconds: 1n, nanos: 500_000_000 });
  refuses(
    'master.Call',
    '{"drain_agent":{"max_grace_period":"soon"}}',
    'fieldMistyped',
    `${MISTYPED}Not expecting a JSON string for field 'max_grace_period' (in drain_agent.max_grace_period)`,
    'drain_agent.max_grace_period',
  );
});

test('keys that mean something to JavaScript mean nothing here', () => {
  deepEqual(read('scheduler.Call', '{"__proto__":{"type":"KILL"},"constructor":1}'), {});
  const { limits } = read(
    'agent.Call.LaunchContainer',
    '{"container_id":{"value":"c"},"limits":{"__proto__":{"value":1}}}',
  );
  deepEqual(limits, new Map([['__proto__', { value: 1 }]]));
});

test('a type that does not fit is refused in the words of Mesos, with its path', () => {
  const accept = (operations: string): string => `{"accept":{"operations":[{},${operations}]}}`;
  const path = 'accept.operations[1].type';
  for (const [value, kind] of [
    ['7', 'number'],
    ['true', 'boolean'],
    ['{}', 'object'],
    ['[]', 'array'],
  ]) {
    refuses(
      'scheduler.Call',
      accept(`{"type":${value}}`),
      'fieldMistyped',
      `${MISTYPED}Not expecting a JSON ${kind} for field 'type' (in ${path})`,
      path,
    );
  }
  refuses(
    'scheduler.Call',
    '{"acknowledge":{"uuid":"a?b"}}',
    'fieldMistyped',
    `${MISTYPED}Failed to base64 decode bytes field 'uuid': Invalid character '?' (in acknowledge.uuid)`,
    'acknowledge.uuid',
  );
  refuses(
    'scheduler.Call',
    '{"accept":{"filters":{"refuse_seconds":"soon"}}}',
    'fieldMistyped',
    `${MISTYPED}Failed to parse 'soon' as a JSON number for field 'refuse_seconds': ` +
      'syntax error at line 1 near: soon (in accept.filters.refuse_seconds)',
    'accept.filters.refuse_seconds',
  );
});

test('an unknown name of a required enumeration is refused', () => {
  refuses(
    'executor.Call',
    '{"update":{"status":{"state":"TASK_SLEEPING"}}}',
    'fieldMistyped',
    `${MISTYPED}Failed to find enum for 'TASK_SLEEPING' (in update.status.state)`,
    'update.status.state',
  );
});

test('an integer that its type cannot hold is refused, not wrapped around', () => {
  const path = 'set_logging_level.level';
  for (const level of ['4294967296', '-1', '1e300', '18446744073709551616', '"-1"']) {
    refuses(
      'master.Call',
      `{"set_logging_level":{"level":${level}}}`,
      'fieldMistyped',
      `${MISTYPED}Value out of range for field 'level' (in ${path})`,
      path,
    );
  }
});

test('all required fields that are missing are named', () => {
  refuses(
    'scheduler.Call',
    '{"subscribe":{"framework_info":{"id":{}}},"accept":{"offer_ids":[{"value":"o"},{}]}}',
    'fieldsMissing',
    `${MISTYPED}Missing required fields: subscribe.framework_info.user, ` +
      'subscribe.framework_info.name, subscribe.framework_info.id.value, accept.offer_ids[1].value',
  );
  const many = `{"accept":{"offer_ids":[${Array(25).fill('{}').join(',')}]}}`;
  throws(() => read('scheduler.Call', many), /offer_ids\[19\]\.value and 5 more$/);
});

test('what is no JSON is refused with the line and the path of the fault', () => {
  refuses('scheduler.Call', '', 'jsonMalformed', `${MALFORMED}syntax error at line 1 near: `);
  refuses('scheduler.Call', '[]', 'fieldMistyped', `${MISTYPED}Expecting a JSON object`);
  refuses(
    'scheduler.Call',
    '{"accept":\n{"offer_ids":[{}, {value:1}]}}',
    'jsonMalformed',
    `${MALFORMED}syntax error at line 2 near: value:1}]}} (in accept.offer_ids[1])`,
    'accept.offer_ids[1]',
  );
  refuses(
    'scheduler.Call',
    '{} x',
    'jsonMalformed',
    `${MALFORMED}Parsed JSON included non-whitespace trailing characters: x`,
  );
  refuses(
    'scheduler.Call',
    '{"a":1e999}',
    'jsonMalformed',
    `${MALFORMED}Value out of range (in a)`,
    'a',
  );
  throws(() => decodeV1('scheduler.Call', 'json', Uint8Array.of(0x22, 0xff, 0x22)), {
    code: 'jsonMalformed',
  });
});

test('JSON is read as JSON.parse reads it, but for wide integers', () => {
  const texts = [
    '[1,-0,2.5e-3,"\\u00e9\\ud83d\\ude00\\/\\b",true,null]',
    ' {"a" : [ ] ,"b":{}}\n',
    '"x"',
  ];
  for (const text of texts) {
    deepEqual(plain(parseJson(Buffer.from(text))), JSON.parse(text));
  }
  for (const text of [
    '01',
    '1.',
    '.5',
    '+1',
    '{"a":1,}',
    '[1,]',
    '"\t"',
    '"\\x"',
    '"',
    'nul',
    '{',
  ]) {
    throws(() => parseJson(Buffer.from(text)), { code: 'jsonMalformed' }, text);
  }
});

function plain(value: unknown): unknown {
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  }
  return Array.isArray(value) ? value.map(plain) : value;
}
