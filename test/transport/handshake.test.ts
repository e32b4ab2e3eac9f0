/** Who may be connected with whom: the table of the handshake. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { CLOSE } from '../../transport/close-codes.ts';
import {
  answerDial,
  answerWelcome,
  type Hello,
  type Identity,
  isNode,
  type PairState,
  parseHello,
} from '../../transport/handshake.ts';

const OWN: Identity = { cluster: 'prod', node: 'b:1', incarnation: 10 };

function hello(fields: Partial<Hello> = {}): Hello {
  return {
    protocol: 1,
    cluster: 'prod',
    node: 'c:1',
    incarnation: 20,
    dial: 1,
    acceptedDial: 0,
    acceptedIncarnation: 0,
    ...fields,
  };
}

interface Row {
  readonly what: string;
  readonly hello?: Partial<Hello>;
  readonly pair?: Partial<PairState>;
  readonly becomes: 'accept' | 'replace' | number;
  readonly says?: RegExp;
}

const byUs = { incarnation: 20, dialledByUs: true, dial: 4 };
const byThem = { incarnation: 20, dialledByUs: false, dial: 4 };

const DIALLED_BY_OTHERS: readonly Row[] = [
  { what: 'a node that is not known', becomes: 'accept' },
  {
    what: 'another version of the protocol',
    hello: { protocol: 2 },
    becomes: CLOSE.wrongProtocol,
    says: /"b:1" speaks version 1 of the protocol, the other side version 2; run the same release/,
  },
  {
    what: 'another cluster',
    hello: { cluster: 'test' },
    becomes: CLOSE.wrongCluster,
    says: /"b:1" belongs to cluster "prod", "c:1" to cluster "test"; give both the same/,
  },
  {
    what: 'ourselves',
    hello: { node: 'b:1', incarnation: 10 },
    becomes: CLOSE.sameNode,
    says: /"b:1" has dialled itself/,
  },
  {
    what: 'another process that bears our name',
    hello: { node: 'b:1', incarnation: 11 },
    becomes: CLOSE.sameNode,
    says: /Two running nodes are called "b:1"; give one of them another/,
  },
  {
    what: 'a node we are not connected with, of whatever incarnation',
    pair: {},
    becomes: 'accept',
  },
  {
    what: 'both dialled, and our name sorts first',
    pair: { greeting: true },
    becomes: CLOSE.duplicate,
    says: /that one stays/,
  },
  {
    what: 'both dialled, and theirs sorts first',
    hello: { node: 'a:1' },
    pair: { greeting: true },
    becomes: 'accept',
  },
  {
    what: 'a newer process of a connected node',
    hello: { incarnation: 21 },
    pair: { connected: byThem },
    becomes: 'replace',
    says: /"c:1" was started anew/,
  },
  {
    what: 'a newer process, though we had dialled the older',
    hello: { incarnation: 21 },
    pair: { connected: byUs },
    becomes: 'replace',
    says: /started anew/,
  },
  {
    what: 'an older process of a connected node',
    hello: { incarnation: 19 },
    pair: { connected: byThem },
    becomes: CLOSE.staleIncarnation,
    says: /A newer process of "c:1" is connected \(incarnation 20, this one is 19\); stop the older/,
  },
  {
    what: 'a node that dialled before, and dials again',
    hello: { dial: 5 },
    pair: { connected: byThem },
    becomes: 'replace',
    says: /"c:1" lost the connection and dialled again/,
  },
  {
    what: 'a dial that was long on the way, when a later one stands',
    hello: { dial: 3 },
    pair: { connected: byThem },
    becomes: CLOSE.duplicate,
  },
  {
    what: 'a hello sent before the sender accepted our dial',
    pair: { connected: byUs },
    becomes: CLOSE.duplicate,
  },
  {
    what: 'a hello of one that accepted our dial, and has lost it since',
    hello: { acceptedDial: 4, acceptedIncarnation: 10 },
    pair: { connected: byUs },
    becomes: 'replace',
    says: /lost the connection/,
  },
  {
    what: 'a hello of one that accepted a dial of our former process',
    hello: { acceptedDial: 9, acceptedIncarnation: 9 },
    pair: { connected: byUs },
    becomes: CLOSE.duplicate,
  },
];

for (const { what, hello: fields, pair, becomes, says } of DIALLED_BY_OTHERS) {
  test(`dialled by ${what}: ${becomes}`, () => {
    const state =
      pair === undefined ? undefined : { greeting: false, connected: undefined, ...pair };
    const verdict = answerDial(OWN, hello(fields), state);
    equal(verdict.kind === 'refuse' ? verdict.code : verdict.kind, becomes);
    if (says === undefined) return;
    match(
      verdict.kind === 'refuse'
        ? verdict.sentence
        : verdict.kind === 'replace'
          ? verdict.reason
          : '',
      says,
    );
  });
}

const DIALLED_BY_US: readonly Row[] = [
  { what: 'the node itself', becomes: 'accept' },
  { what: 'another version of the protocol', hello: { protocol: 7 }, becomes: CLOSE.wrongProtocol },
  { what: 'another cluster', hello: { cluster: '' }, becomes: CLOSE.wrongCluster },
  { what: 'ourselves', hello: { node: 'b:1' }, becomes: CLOSE.sameNode },
  {
    what: 'a node of another name',
    hello: { node: 'd:1' },
    becomes: CLOSE.wrongNode,
    says: /The node that answers at "c:1" is called "d:1"; use that name/,
  },
];

for (const { what, hello: fields, becomes, says } of DIALLED_BY_US) {
  test(`our dial is answered by ${what}: ${becomes}`, () => {
    const verdict = answerWelcome(OWN, 'c:1', hello(fields));
    equal(verdict.kind === 'refuse' ? verdict.code : verdict.kind, becomes);
    if (says !== undefined) match(verdict.kind === 'refuse' ? verdict.sentence : '', says);
  });
}

test('a hello is read as it was written, and unknown fields are passed over', () => {
  deepEqual(parseHello({ ...hello(), later: [1] }), hello());
});

test('of a hello of another version only the version is read', () => {
  equal(parseHello({ protocol: 2 })?.protocol, 2);
  equal(parseHello({ protocol: 2, node: 'c:1', incarnation: 'new' })?.node, 'c:1');
});

test('what is no hello is none', () => {
  const wrong: unknown[] = [
    undefined,
    null,
    [],
    'hello',
    {},
    { protocol: '1' },
    { ...hello(), cluster: 5 },
    { ...hello(), cluster: 'x'.repeat(300) },
    { ...hello(), cluster: 'two\nlines' },
    { ...hello(), node: 'no-port' },
    { ...hello(), node: 'a b:1' },
    { ...hello(), incarnation: -1 },
    { ...hello(), incarnation: 1.5 },
    { ...hello(), dial: null },
    { ...hello(), acceptedDial: Number.NaN },
    { ...hello(), acceptedIncarnation: 2 ** 60 },
  ];
  for (const fields of wrong) equal(parseHello(fields), undefined, JSON.stringify(fields));
});

test('a node is a host, an address or a bracketed IPv6 address, with a port', () => {
  for (const node of ['a:1', '10.0.0.1:5050', 'host.example:65535', '[::1]:5050', 'cli-9f:0']) {
    equal(isNode(node), true, node);
  }
  for (const node of [
    'a',
    ':1',
    'a:',
    'a:x',
    'a:123456',
    'a/b:1',
    'a@b:1',
    'a#b:1',
    '::1:5050',
    'ä:1',
    'a b:1',
    `${'x'.repeat(255)}:1`,
    7,
  ]) {
    equal(isNode(node), false, String(node));
  }
});
