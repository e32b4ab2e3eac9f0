/**
 * The answers of the old endpoints that show the cluster, joined of what the readers know.
 * Source: Mesos 1.11, src/master/readonly_handler.cpp.
 */

import type { AgentId, FrameworkId } from '../../../protocol/ids.ts';
import type { Task, TaskState } from '../../../protocol/task.ts';
import { fromDomain } from '../../../protocol/v1/domains.ts';
import { isActive } from '../../../protocol/v1/from-nouns/agents.ts';
import {
  agentFields,
  agentInfoFields,
  buildFields,
  executorText,
  field,
  frameworkFields,
  frameworkSummaryFields,
  fullResourceFields,
  labelsText,
  listText,
  logFields,
  messageField,
  objectText,
  offerText,
  taskText,
} from '../../../protocol/v1/old-text.ts';
import { nanosecondsOfMs } from '../../../protocol/v1/times.ts';
import { STATES } from '../../../protocol/v1/words.ts';
import type { OldRead, ReadFramework, ReadMaster } from '../snapshot/read-changes.ts';
import {
  type AgentEntry,
  type FrameworkEntry,
  frameworkOf,
  isCompleted,
  isRegistered,
  type OldForms,
  type ReadModel,
  recoveredAgentOf,
  type TaskEntry,
} from '../snapshot/read-model.ts';
import { infoOfMaster, masterInfo } from './master-identity.ts';
import { rolesText } from './old-roles.ts';

/** Tasks in one answer of `/tasks`, unless it is asked for others. Source: src/master/constants.hpp. */
export const TASK_LIMIT = 100;

export const OLD_FORMS: OldForms = {
  task: taskText,
  offer: offerText,
  executor: ({ executor_info: info, agent_id: { value: agentId } }) =>
    executorText(info, { frameworkId: info.framework_id?.value ?? '', agentId }),
  /** Without its braces: others add to it. */
  agent: (agent) => objectText(agentFields(agent)).slice(1, -1),
};

export type OldQuery = Readonly<Record<string, string>>;

export const OLD_ANSWERS: Readonly<Record<OldRead, (model: ReadModel, query: OldQuery) => string>> =
  {
    state: stateText,
    'state-summary': summaryText,
    slaves: (model, { slave_id: only }) =>
      objectText([
        [
          'slaves',
          listText(registered(model, only), (entry) => {
            const full = objectText(fullResourceFields(entry.encoded.object())).slice(1);
            return `{${entry.encoded.old()},${full}`;
          }),
        ],
        ['recovered_slaves', recoveredText(model, only)],
      ]),
    frameworks: (model, { framework_id: only }) =>
      objectText([...frameworksFields(model, only), ['unregistered_frameworks', '[]']]),
    tasks: tasksText,
    roles: rolesText,
    registry: registryText,
  };

function stateText(model: ReadModel): string {
  const { master } = model;
  if (master === undefined) return '{}';
  const agents = registered(model);
  const activeCount = agents.filter(({ view }) => isActive(view)).length;
  let unreachableCount = 0;
  for (const { view } of model.agents.values()) {
    if (view.state === 'unreachable') unreachableCount++;
  }
  const { id, pid, hostname, port } = infoOfMaster(master);
  return objectText([
    ...buildFields(master.version),
    field('start_time', master.startedMs / 1000),
    field('elected_time', master.electedMs / 1000),
    field('id', id),
    field('pid', pid),
    field('hostname', hostname),
    field('capabilities', ['AGENT_UPDATE', 'AGENT_DRAINING']),
    field('activated_slaves', activeCount),
    field('deactivated_slaves', agents.length - activeCount),
    field('unreachable_slaves', unreachableCount),
    field('leader', pid),
    field('leader_info', { id, pid, port, hostname }),
    master.domain && field('domain', fromDomain(master.domain)),
    ...flagFields(master),
    ['slaves', listText(agents, ({ encoded }) => `{${encoded.old()}}`)],
    ['recovered_slaves', recoveredText(model)],
    ...frameworksFields(model),
    ['orphan_tasks', '[]'],
    ['unregistered_frameworks', '[]'],
  ]);
}

function flagFields({ cluster, flags }: ReadMaster) {
  return [field('cluster', cluster), ...logFields(flags), field('flags', flags)];
}

function registered({ agents }: ReadModel, only?: string): AgentEntry[] {
  return [...agents.values()].filter(
    (entry) => isRegistered(entry) && isSelected(entry.view.agentId, only),
  );
}

function recoveredText({ agents }: ReadModel, only?: string): string {
  const recovered = [...agents.values()].filter(
    ({ view }) => view.state === 'recovered' && isSelected(view.agentId, only),
  );
  return listText(recovered, ({ view }) => objectText(agentInfoFields(recoveredAgentOf(view))));
}

/** An id that is asked for and empty selects nothing. */
function isSelected(id: string, only: string | undefined): boolean {
  return only === undefined || id === only;
}

function frameworksFields(model: ReadModel, only?: string) {
  const entries = [...model.frameworks.values()].filter(({ view }) =>
    isSelected(view.frameworkId, only),
  );
  const text = (entry: FrameworkEntry) => frameworkText(model, entry);
  return [
    [
      'frameworks',
      listText(
        entries.filter((entry) => !isCompleted(entry)),
        text,
      ),
    ],
    ['completed_frameworks', listText(entries.filter(isCompleted), text)],
  ] as const;
}

function frameworkText(model: ReadModel, { view }: FrameworkEntry): string {
  const { tasks, executors, offers } = model.of(view.frameworkId);
  const framework = frameworkOf(view, []);
  const ofPhase = { active: '', unreachable: '', completed: '' };
  for (const { phase, encoded } of tasks.values()) {
    ofPhase[phase] += ofPhase[phase] === '' ? encoded.old() : `,${encoded.old()}`;
  }
  const { labels } = framework.framework_info;
  return objectText([
    ...frameworkSummaryFields(framework, pidOf(model, view)),
    ...frameworkFields(framework),
    ['tasks', `[${ofPhase.active}]`],
    ['unreachable_tasks', `[${ofPhase.unreachable}]`],
    ['completed_tasks', `[${ofPhase.completed}]`],
    ['offers', listText([...offers.values()], ({ encoded }) => encoded.old())],
    ['executors', listText([...executors.values()], ({ encoded }) => encoded.old())],
    labels && ['labels', labelsText(labels)],
    messageField(
      'offer_constraints',
      'scheduler.OfferConstraints',
      framework.offer_constraints ?? {},
    ),
  ]);
}

/** Who speaks by HTTP has none; what stands for it here is nobody's business. */
function pidOf({ master }: ReadModel, { pid }: ReadFramework): string | undefined {
  return pid?.endsWith(`@${master?.node}`) ? undefined : pid;
}

function summaryText(model: ReadModel): string {
  const { master } = model;
  if (master === undefined) return '{}';
  const ofFrameworks = new Map<FrameworkId, Summary>();
  const ofAgents = new Map<AgentId, Summary>();
  const here = [...model.frameworks.values()].filter((entry) => !isCompleted(entry));
  for (const { view } of here) {
    const { frameworkId } = view;
    for (const { task } of model.of(frameworkId).tasks.values()) {
      count(ofFrameworks, frameworkId, task, task.agentId);
      count(ofAgents, task.agentId, task, frameworkId);
    }
  }
  return objectText([
    field('hostname', infoOfMaster(master).hostname),
    field('cluster', master.cluster),
    [
      'slaves',
      listText(registered(model), ({ view, encoded }) => {
        const counted = summaryFields(ofAgents.get(view.agentId), 'framework_ids');
        return `{${encoded.old()},${objectText(counted).slice(1)}`;
      }),
    ],
    [
      'frameworks',
      listText(here, ({ view }) =>
        objectText([
          ...frameworkSummaryFields(frameworkOf(view, []), pidOf(model, view)),
          ...summaryFields(ofFrameworks.get(view.frameworkId), 'slave_ids'),
        ]),
      ),
    ],
  ]);
}

interface Summary {
  readonly counts: Map<TaskState, number>;
  readonly others: Set<string>;
}

function count<Id>(all: Map<Id, Summary>, id: Id, { state }: Task, other: string): void {
  let summary = all.get(id);
  if (summary === undefined) {
    summary = { counts: new Map(), others: new Set() };
    all.set(id, summary);
  }
  summary.counts.set(state, (summary.counts.get(state) ?? 0) + 1);
  summary.others.add(other);
}

/** Those that Mesos counts, in its order. */
const SUMMARY_STATES: readonly TaskState[] = [
  ...(['staging', 'starting', 'running', 'killing', 'finished'] as const),
  ...(['killed', 'failed', 'lost', 'error', 'unreachable'] as const),
];

function summaryFields(summary: Summary | undefined, othersKey: string) {
  return [
    ...SUMMARY_STATES.map((state) => field(STATES[state], summary?.counts.get(state) ?? 0)),
    field(othersKey, [...(summary?.others ?? [])]),
  ];
}

/** Tasks that were heard of first are first, or last; of those that were never heard of see Mesos. */
function tasksText(model: ReadModel, query: OldQuery): string {
  const { framework_id: frameworkId, task_id: taskId, order } = query;
  const offset = countOf(query['offset'], 0);
  const limit = countOf(query['limit'], TASK_LIMIT);
  const found: TaskEntry[] = [];
  for (const { view } of model.frameworks.values()) {
    if (!isSelected(view.frameworkId, frameworkId)) continue;
    for (const entry of model.of(view.frameworkId).tasks.values()) {
      if (isSelected(entry.task.taskId, taskId)) found.push(entry);
    }
  }
  const sign = order === 'asc' ? 1 : -1;
  const since = ({ task }: TaskEntry) => task.statuses[0]?.timestampMs ?? Number.NEGATIVE_INFINITY;
  const moments = new Map(found.map((entry) => [entry, since(entry)]));
  found.sort((one, other) => {
    const [first = 0, second = 0] = [moments.get(one), moments.get(other)];
    return first === second ? 0 : first < second ? -sign : sign;
  });
  const shown = found.slice(offset, offset + limit);
  return objectText([['tasks', listText(shown, ({ encoded }) => encoded.old())]]);
}

/**
 * What is no whole number is as if it was left out, and what is negative has no end: Mesos reads an
 * integer and takes it for an unsigned one, and its own command line asks for `limit=-1`.
 */
function countOf(text: string | undefined, otherwise: number): number {
  if (text === undefined || !/^-?\d{1,9}$/.test(text)) return otherwise;
  const count = Number(text);
  return count < 0 ? Number.POSITIVE_INFINITY : count;
}

/** The agents in the registry and the master that leads, in the form of Mesos' `Registry`. */
function registryText({ master, agents }: ReadModel): string {
  if (master === undefined) return '{}';
  const all = [...agents.values()].map(({ view }) => view);
  const admitted = all.filter(({ state }) => state !== 'unreachable');
  const unreachable = all.filter(({ state }) => state === 'unreachable');
  return objectText([
    ['master', objectText([messageField('info', 'MasterInfo', masterInfo(master))])],
    [
      'slaves',
      objectText([
        [
          'slaves',
          listText(admitted, (view) =>
            objectText([messageField('info', 'AgentInfo', recoveredAgentOf(view))]),
          ),
        ],
      ]),
    ],
    [
      'unreachable',
      objectText([
        [
          'slaves',
          listText(unreachable, ({ agentId, unreachableAtMs = 0 }) =>
            objectText([
              field('id', { value: agentId }),
              messageField('timestamp', 'TimeInfo', {
                nanoseconds: nanosecondsOfMs(unreachableAtMs),
              }),
            ]),
          ),
        ],
      ]),
    ],
  ]);
}
