/**
 * docs/v1-compatibility.md and the code say the same of what tasks, executors and frameworks ask for:
 * a field that is refused is reported where it comes, and no other.
 */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { linkedMessage, type V1Enum, type V1Name } from '../../actors/protocol/v1/dictionary.ts';
import { type Report, readWith } from '../../actors/protocol/v1/reading.ts';
import { toCommand } from '../../actors/protocol/v1/to-nouns/commands.ts';
import { toContainer } from '../../actors/protocol/v1/to-nouns/containers.ts';
import { toFramework } from '../../actors/protocol/v1/to-nouns/frameworks.ts';
import { toExecutor, toTask } from '../../actors/protocol/v1/to-nouns/tasks.ts';
import { anyMessage } from '../actors/protocol/v1/arbitrary-message.ts';
import * as fields from './compatibility/fields.ts';
import { isThere, type Row } from './compatibility/row.ts';

type Rows = Readonly<Record<string, Row>>;

const READERS = [
  ['TaskInfo', fields.TASK_FIELDS, toTask],
  ['ExecutorInfo', fields.EXECUTOR_FIELDS, toExecutor],
  ['CommandInfo', fields.COMMAND_FIELDS, toCommand],
  ['ContainerInfo', fields.CONTAINER_FIELDS, toMesosContainer],
] as const;

for (const [name, rows, read] of READERS) {
  test(`fields of ${name} are refused by their name when the table says so`, () => {
    const wrong = Object.entries<Row>(rows).flatMap(([field, row]) => {
      const isReported = reports(name, read as never, field);
      if (isReported !== isThere(row)) return [];
      return [`${field}: ${isReported ? 'done → refused' : 'refused → done'}`];
    });
    deepEqual(wrong, []);
    deepEqual(Object.keys(rows).toSorted(), namesOf(name));
  });
}

test('what a framework says and nothing comes of is no more than the table says', () => {
  const rows: Rows = fields.FRAMEWORK_FIELDS;
  const idle = Object.keys(rows).filter((field) =>
    reports('FrameworkInfo', toFramework as never, field),
  );
  deepEqual(idle, []);
  const capabilities = Object.keys(fields.CAPABILITIES).filter((type) => {
    const known = { type: type as V1Enum<'FrameworkInfo.Capability.Type'> };
    const info = { user: 'u', name: 'n', capabilities: [known] };
    return readWith((report) => toFramework(info, report, '')).notSupported.length > 0;
  });
  const different = Object.entries(fields.CAPABILITIES).filter(([, row]) => row !== 'done');
  deepEqual(
    capabilities,
    different.map(([type]) => type),
  );
});

/** One of Docker is refused as a whole. */
function toMesosContainer(container: object, report: Report, path: string) {
  return toContainer({ ...container, type: 'MESOS' }, report, path);
}

function reports(
  name: V1Name,
  read: (message: unknown, report: Report, path: string) => unknown,
  field: string,
): boolean {
  const examples = fc.sample(
    anyMessage(name).filter((message) => Object.hasOwn(message, field)),
    { numRuns: 5, seed: 1 },
  );
  return examples.some((message) => {
    const { notSupported } = readWith((report) => read(message, report, ''));
    return notSupported.some(({ path, value }) => path === field && value === undefined);
  });
}

function namesOf(name: V1Name): readonly string[] {
  return linkedMessage(name)
    .fields.map((field) => field.name)
    .toSorted();
}
