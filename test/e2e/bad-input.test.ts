/** What clients of a real master and a real agent do wrong, and what they are told, over real sockets. */
import { equal, match, ok } from 'node:assert/strict';
import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { KeepAliveClient, type WholeAnswer } from '../kit/keep-alive-client.ts';
import { LiveScheduler } from '../kit/live-scheduler.ts';
import { startProgram } from '../kit/programs.ts';
import { agentFlags, temporaryDirectory } from '../kit/real-agents.ts';
import { MEDIA_TYPES } from '../kit/wild-requests.ts';

const SCHEDULER = '/api/v1/scheduler';
const EXECUTOR = '/slave(1)/api/v1/executor';
const OPERATOR = '/api/v1';

describe('bad input', () => {
  const undo: (() => Promise<void>)[] = [];
  const suite = { after: (step: () => Promise<void>) => void undo.unshift(step) };
  const found = { master: '', agent: '', directory: '' };
  let scheduler: LiveScheduler;

  before(async () => {
    const flags = ['--role', 'master', '--port', '0', '--allocation-interval', '100ms'];
    const node = startProgram(suite, 'bin/node', flags);
    [, found.master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
    found.directory = await temporaryDirectory(suite);
    const agent = startProgram(suite, 'bin/node', agentFlags(found.master, found.directory));
    [, found.agent = ''] = await agent.untilPrinted(/^Agent at (\S+)$/m);
    scheduler = await LiveScheduler.subscribe(suite, found.master);
  });

  after(async () => {
    for (const step of undo) await step();
  });

  async function post(
    node: string,
    target: string,
    body: string | Buffer,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<WholeAnswer> {
    const client = new KeepAliveClient(node);
    const type = typeof body === 'string' ? MEDIA_TYPES.json : MEDIA_TYPES.protobuf;
    const answer = await client.ask({
      ...{ method: 'POST', target, body: Buffer.from(body) },
      headers: { 'content-type': type, ...headers },
    });
    answer.stream?.destroy();
    client.close();
    return answer;
  }

  const ask = async (node: string, target: string) => {
    const client = new KeepAliveClient(node);
    const answer = await client.ask({ method: 'GET', target, headers: {}, body: Buffer.alloc(0) });
    client.close();
    return answer;
  };

  /** As the framework that is subscribed. */
  const call = (rest: string, headers: Readonly<Record<string, string>> = {}) =>
    post(found.master, SCHEDULER, `{"framework_id":{"value":"${scheduler.frameworkId}"},${rest}}`, {
      'mesos-stream-id': scheduler.streamId,
      ...headers,
    });

  const accept = (what: string) => call(`"type":"ACCEPT","accept":{${what}}`);

  test('what cannot be read is refused with the place of the fault, by all three APIs', async () => {
    const { master, agent } = found;
    const apis = [
      [master, SCHEDULER],
      [agent, EXECUTOR],
      [master, OPERATOR],
      [agent, OPERATOR],
    ] as const;
    const cases: readonly (readonly [string | Buffer, RegExp])[] = [
      ['', /^Failed to parse body into JSON: /],
      ['[]', /^Failed to (parse|convert) /],
      ['{"type":"SUBSCRIBE",', /^Failed to parse body into JSON: syntax error at line 1 /],
      ['{"type":\n"SUBSCRIBE" x', /syntax error at line 2 near: x/],
      [`${'['.repeat(500)}`, /^Failed to parse body into JSON: syntax error at line 1 /],
      [`{"type":"\\ud800","x":"\\ud800"}`, /./],
      ['{"__proto__":{"type":"SUBSCRIBE"},"constructor":1}', /./],
      [Buffer.from([0x0a]), /^Failed to parse body into Call protobuf/],
      [
        Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
        /^Failed to parse body into Call protobuf/,
      ],
      [Buffer.from('0b'.repeat(500), 'hex'), /^Failed to parse body into Call protobuf/],
    ];
    for (const [node, target] of apis) {
      for (const [body, expected] of cases) {
        const { status, text } = await post(node, target, body);
        ok(status === 400 || status === 501, `${status} ${text}`);
        match(text, expected, `${target} ${body.toString().slice(0, 50)}`);
      }
    }
    const inside = await accept('"offer_ids":[{"value":1},{"value":{}}]');
    equal(inside.status, 400);
    match(inside.text, /\(in accept\.offer_ids\[\d\]\.value\)/);
    const records = {
      'content-type': 'application/recordio',
      'message-content-type': MEDIA_TYPES.json,
    };
    for (const body of ['x\n{}', '-1\n', '99999999999999999999\n{}', '5\n{']) {
      const { status, text } = await post(agent, OPERATOR, body, records);
      ok(status === 400 || status === 501, text);
      match(text, /\w+ \w+/);
    }
  });

  test('a number that no quantity has is refused, or its task is an error', async () => {
    const { master, agent } = found;
    const offer = await scheduler.offer();
    const launch = (taskId: string, resource: string) =>
      accept(
        `"filters":{"refuse_seconds":0},"offer_ids":[{"value":"${offer.id.value}"}],"operations":[{"type":"LAUNCH","launch":{"task_infos":[{"name":"x","task_id":{"value":"${taskId}"},"agent_id":{"value":"${offer.agent_id.value}"},"command":{"value":"true"},"resources":[${resource}]}]}}]`,
      );
    for (const value of ['1e400', '-1e400', 'NaN', '"NaN"', '"x"', '{}']) {
      const scalar = `{"name":"cpus","type":"SCALAR","scalar":{"value":${value}}}`;
      const { status, text } = await launch('never', scalar);
      equal(status, 400, value);
      match(text, /\(in accept\.operations\[0\]\.launch\.task_infos\[0\]\.resources\[0\]\.scalar/);
      const refused = await call(
        `"type":"DECLINE","decline":{"filters":{"refuse_seconds":${value}}}`,
      );
      equal(refused.status, 400, value);
      match(refused.text, /\(in decline\.filters\.refuse_seconds\)/);
    }
    for (const value of ['18446744073709551616', '1e400', '-1', '"0x1"']) {
      const { status, text } = await post(
        agent,
        OPERATOR,
        `{"type":"READ_FILE","read_file":{"path":"/x","offset":${value}}}`,
      );
      equal(status, 400, value);
      match(text, /\(in read_file\.offset\)/);
    }
    for (const query of ['offset=-2', 'offset=1e400', 'offset=0&length=-2', 'offset=NaN']) {
      const { status, text } = await ask(agent, `/files/read?path=/slave/log&${query}`);
      equal(status, 400, query);
      match(text, /\w+ \w+/);
    }
    for (const value of ['-1', '1e300', '"Infinity"']) {
      const { status, text } = await post(
        master,
        SCHEDULER,
        `{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"x","name":"x","failover_timeout":${value}}}}`,
      );
      ok(status === 200 && (text === '' || /failover_timeout .* is invalid/.test(text)), text);
    }
    const error = await launch('negative', '{"name":"cpus","type":"SCALAR","scalar":{"value":-1}}');
    equal(error.status, 202);
    const [told] = await scheduler.untilCount(1, 'TASK_ERROR');
    match(told?.message ?? '', /Invalid scalar resource/);
    equal(scheduler.ended, false);
  });

  test('hundreds of thousands of offers and tasks in one call are answered, a million are too large', async () => {
    const many = (count: number) => Array.from({ length: count }, () => '{"value":"x"}').join();
    const within = await accept(`"offer_ids":[${many(250_000)}]`);
    equal(within.status, 202, within.text);
    const over = await accept(`"offer_ids":[${many(1_000_000)}]`);
    equal(over.status, 413);
    match(over.text, /larger than 4194304 bytes/);
    const { frameworkId } = scheduler;
    const packed = gzipSync(
      `{"framework_id":{"value":"${frameworkId}"},"type":"DECLINE","decline":{"offer_ids":[${many(1_000_000)}]}}`,
    ).toString('latin1');
    const bomb = await post(found.master, SCHEDULER, Buffer.from(packed, 'latin1'), {
      'content-type': MEDIA_TYPES.json,
      'content-encoding': 'gzip',
    });
    equal(bomb.status, 413);
    // 700 000 ids in 3.5 MB.
    const ids = Buffer.concat([Buffer.from('0a030a0178'.repeat(700_000), 'hex')]);
    const id = Buffer.from(frameworkId);
    const dense = await post(
      found.master,
      SCHEDULER,
      Buffer.concat([
        Buffer.from([0x0a, id.length + 2, 0x0a, id.length]),
        ...[id, Buffer.from([0x10, 3, 0x22]), varint(ids.length), ids],
      ]),
      { 'mesos-stream-id': scheduler.streamId },
    );
    match(dense.text, /^$|More than 1000000 values \(in accept\)/);
    const tasks = Array.from(
      { length: 5000 },
      (_, index) => `{"name":"","task_id":{"value":"t${index}"},"agent_id":{"value":"x"}}`,
    );
    const launched = await accept(
      `"offer_ids":[{"value":"x"}],"operations":[{"type":"LAUNCH","launch":{"task_infos":[${tasks}]}}]`,
    );
    equal(launched.status, 202, launched.text);
    await scheduler.untilCount(5000, 'TASK_LOST');
    equal(scheduler.ended, false);
    equal((await ask(found.master, '/health')).status, 200);
  });

  test('no path leads out of what is shown, however it is written', async () => {
    const offer = await scheduler.offer();
    await scheduler.launch(offer, [
      {
        name: 'shown',
        task_id: { value: 'shown' },
        agent_id: offer.agent_id,
        command: { value: 'ln -s /etc/passwd link; ln -s / top; exec sleep 100000' },
        resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } }],
      },
    ]);
    await scheduler.untilCount(1, 'TASK_RUNNING');
    const { frameworkId } = scheduler;
    const above = `slaves/${offer.agent_id.value}/frameworks/${frameworkId}/executors/shown/runs`;
    const runs = join(found.directory, above);
    const [run = ''] = readdirSync(runs).filter((name) => name !== 'latest');
    const sandbox = join(runs, run);
    symlinkSync('/etc', join(sandbox, 'etc'));
    const paths = [
      ...[
        '/etc/passwd',
        '../../etc/passwd',
        '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
        '%252e%252e/etc/passwd',
      ],
      ...[
        '/slave/log/../../../etc/passwd',
        '%00',
        '/etc/passwd%00',
        '..%5c..%5cetc%5cpasswd',
        '/',
        '//',
      ],
      ...['link', 'top/etc/passwd', 'etc/passwd', '../../../../../../../../../../etc/passwd'].map(
        (below) => `${sandbox}/${below}`,
      ),
      '/%C0%AE%C0%AE/etc/passwd',
    ];
    for (const path of paths) {
      for (const how of ['read?offset=0&path=', 'download?path=', 'browse?path=']) {
        const { status, text } = await ask(found.agent, `/files/${how}${path}`);
        ok(
          status === 400 || status === 404 || text === '[]\n' || text === '[]',
          `${path} ${status} ${text}`,
        );
        ok(!text.includes('root:'), path);
      }
      const body = JSON.stringify({
        type: 'READ_FILE',
        read_file: { path: decodeURIComponentOrSame(path), offset: 0 },
      });
      const { status, text } = await post(found.agent, OPERATOR, body);
      ok(status === 400 || status === 404, `${path} ${status}`);
      ok(!text.includes('root:'), path);
    }
    for (const target of [
      '/%2e%2e/etc/passwd',
      '/files/%2e%2e/state',
      '/files/read/../../etc/passwd',
    ]) {
      equal((await ask(found.agent, target)).status, 400, target);
    }
    await scheduler.accepted({ type: 'KILL', kill: { task_id: { value: 'shown' } } });
    await scheduler.untilCount(1, 'TASK_KILLED');
  });
});

function decodeURIComponentOrSame(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}
