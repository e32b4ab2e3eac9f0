/** The calls of operators that an agent answers, by type. */

import { type HttpResponse, textResponse } from '../../../../transport/http/message.ts';
import { flatMetrics } from '../../../protocol/metrics/flat-metrics.ts';
import type { V1, V1Enum } from '../../../protocol/v1/dictionary.ts';
import { fromAgent } from '../../../protocol/v1/from-nouns/agents.ts';
import { fromFiles, fromFileText, toFilePart } from '../../../protocol/v1/from-nouns/files.ts';
import { fromOperation } from '../../../protocol/v1/from-nouns/operations.ts';
import { msOfNanoseconds } from '../../../protocol/v1/times.ts';
import { versionInfo } from '../../../protocol/v1/versions.ts';
import type { NodeReport } from '../../node-report.ts';
import {
  containersView,
  drainView,
  executorsOf,
  executorsView,
  frameworksView,
  tasksView,
} from './agent-views.ts';
import type { OperatorRoutesOptions } from './operator-routes.ts';

type Call = V1<'agent.Call'>;
type Response = V1<'agent.Response'>;

/** Undefined: the agent can't be asked now. @throws FileFault */
type CallHandler = (call: Call) => Promise<Response | HttpResponse | undefined>;
export type CallHandlers = Readonly<Partial<Record<V1Enum<'agent.Call.Type'>, CallHandler>>>;

export function callHandlers({
  answers,
  facts,
  files,
  logging,
  readMetrics,
}: OperatorRoutesOptions): CallHandlers {
  const of = (view: (report: NodeReport) => Response): CallHandler => {
    return async () => {
      const report = await answers.report();
      return report && view(report);
    };
  };
  const at = (view: () => Response): CallHandler => {
    return async () => view();
  };
  return {
    GET_HEALTH: at(() => ({ type: 'GET_HEALTH', get_health: { healthy: true } })),
    GET_FLAGS: at(() => ({
      type: 'GET_FLAGS',
      get_flags: { flags: Object.entries(facts.flags).map(([name, value]) => ({ name, value })) },
    })),
    GET_VERSION: at(() => ({
      type: 'GET_VERSION',
      get_version: { version_info: versionInfo(facts.version) },
    })),
    GET_METRICS: at(() => {
      const metrics = Object.entries(flatMetrics(readMetrics()));
      return {
        type: 'GET_METRICS',
        get_metrics: { metrics: metrics.map(([name, value]) => ({ name, value })) },
      };
    }),
    GET_LOGGING_LEVEL: at(() => ({
      type: 'GET_LOGGING_LEVEL',
      get_logging_level: { level: logging.level() },
    })),
    SET_LOGGING_LEVEL: async ({ set_logging_level: set }) => {
      if (set === undefined) return undefined;
      const refused = logging.set(set.level, msOfNanoseconds(set.duration.nanoseconds));
      return refused === undefined ? { status: 200 } : textResponse(400, refused);
    },
    LIST_FILES: async ({ list_files: { path = '' } = {} }) => ({
      type: 'LIST_FILES',
      list_files: fromFiles(await files.list(path)),
    }),
    READ_FILE: async ({ read_file: asked }) => {
      if (asked === undefined) return undefined;
      const { offset, length } = toFilePart(asked);
      const found = await files.read(asked.path, offset, length);
      return { type: 'READ_FILE', read_file: fromFileText(found) };
    },
    GET_STATE: of((report) => ({
      type: 'GET_STATE',
      get_state: {
        get_tasks: tasksView(report),
        get_executors: executorsView(report),
        get_frameworks: frameworksView(report),
      },
    })),
    GET_TASKS: of((report) => ({ type: 'GET_TASKS', get_tasks: tasksView(report) })),
    GET_EXECUTORS: of((report) => ({
      type: 'GET_EXECUTORS',
      get_executors: executorsView(report),
    })),
    GET_FRAMEWORKS: of((report) => ({
      type: 'GET_FRAMEWORKS',
      get_frameworks: frameworksView(report),
    })),
    GET_AGENT: of(({ info, agentId, drain }) => ({
      type: 'GET_AGENT',
      get_agent:
        agentId === undefined
          ? {}
          : { agent_info: fromAgent({ ...info, agentId, node: '' }), ...drainView(drain) },
    })),
    GET_CONTAINERS: async () => {
      const report = await answers.report();
      if (report === undefined) return undefined;
      const ids = executorsOf(report).map(({ executor }) => executor.containerId);
      const containers = containersView(report, await answers.usage(ids), answers.nowMs());
      return { type: 'GET_CONTAINERS', get_containers: { containers } };
    },
    GET_OPERATIONS: of(({ agentId, operations }) => ({
      type: 'GET_OPERATIONS',
      get_operations:
        agentId === undefined || operations.length === 0
          ? {}
          : { operations: operations.map((one) => fromOperation(one, one.status, agentId)) },
    })),
    GET_RESOURCE_PROVIDERS: at(() => ({
      type: 'GET_RESOURCE_PROVIDERS',
      get_resource_providers: {},
    })),
  };
}
