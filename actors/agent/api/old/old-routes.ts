/**
 * The endpoints of an agent from before v1: GET, JSON with the names of that time, `?jsonp=`.
 *
 * | path | what |
 * |---|---|
 * | `/health`, `/version`, `/metrics` … (`node-routes.ts`), `/help` | the node, without asking the agent |
 * | `/state` | all that the agent knows |
 * | `/containers`, `/monitor/statistics` | executors, what they were promised and what they use |
 * | `/containerizer/debug` | what has begun with containers and is not over |
 *
 * Source: Mesos 1.11, src/slave/http.cpp; src/slave/slave.cpp, `Slave::initialize`.
 */
import { type Form, formValue, parseForm } from '../../../../transport/http/form.ts';
import { withJsonp } from '../../../../transport/http/jsonp.ts';
import type { LoggingLevel } from '../../../../transport/http/logging-level.ts';
import {
  errorResponse,
  type HttpResponse,
  type HttpRoute,
  type HttpRoutes,
  jsonResponse,
  textResponse,
} from '../../../../transport/http/message.ts';
import { nodeRoutes } from '../../../../transport/http/node/node-routes.ts';
import { flatMetrics } from '../../../protocol/metrics/flat-metrics.ts';
import { prometheusText } from '../../../protocol/metrics/prometheus-text.ts';
import type { Metrics } from '../../../protocol/metrics/tally.ts';
import { jsonTextOf } from '../../../protocol/v1/codec.ts';
import { msOfDurationText } from '../../../protocol/v1/duration-text.ts';
import { versionInfo } from '../../../protocol/v1/versions.ts';
import type { PendingOperation } from '../../agent-metrics.ts';
import type { NodeReport } from '../../node-report.ts';
import { AGENT_REALMS, NOT_RECOVERED, type OpenNode } from '../api-node.ts';
import type { NodeAnswers } from '../node-answers.ts';
import type { NodeFacts } from '../node-facts.ts';
import {
  executorInfoView,
  executorsOf,
  type FoundExecutor,
  statisticsView,
} from '../operator/agent-views.ts';
import { stateText } from './state-text.ts';

export interface OldRoutesOptions {
  readonly openNode: OpenNode;
  readonly answers: NodeAnswers;
  readonly facts: NodeFacts;
  readonly logging: LoggingLevel;
  readonly readMetrics: () => Metrics;
  /** What the actors are just doing with containers. */
  readonly pending: () => readonly PendingOperation[];
  /** For `/help`. */
  readonly paths: () => readonly string[];
}

const ONE_OF_THREE =
  'Supported query parameters are container_id only, framework_id only, or executor_id and framework_id only';
const BAD_QUERY = errorResponse(
  400,
  'queryInvalid',
  'Cannot read the query: its percent signs are malformed, or it has too many pairs; encode it once, as UTF-8',
);

export function oldRoutes({
  openNode,
  answers,
  facts,
  logging,
  readMetrics,
  pending,
  paths,
}: OldRoutesOptions): HttpRoutes {
  const reported = (answer: (report: NodeReport, form: Form) => Promise<HttpResponse>) =>
    json(async (form) => {
      const report = await answers.report();
      if (report === undefined || report.isRecovering) return NOT_RECOVERED;
      return answer(report, form);
    }, AGENT_REALMS.readonly);
  return {
    ...nodeRoutes({
      realms: AGENT_REALMS,
      version: versionInfo(facts.version),
      flags: facts.flags,
      machine: facts.machine,
      logging,
      system: () => openNode()?.system,
      metrics: { read: async () => readMetrics(), flat: flatMetrics, text: prometheusText },
      msOf: msOfDurationText,
    }),
    '/help': { GET: () => textResponse(200, `${[...paths()].sort().join('\n')}\n`) },
    '/state': reported(async (report) => {
      const node = openNode()?.system.node ?? '';
      const startedMs = answers.startedMs();
      return jsonText(stateText({ report, facts, node, startedMs }));
    }),
    '/containers': reported(async (report, form) => {
      const [containerId, frameworkId, executorId] = [
        'container_id',
        'framework_id',
        'executor_id',
      ].map((name) => formValue(form, name));
      const isAlone = executorId === undefined && frameworkId === undefined;
      const isOfNone = executorId !== undefined && frameworkId === undefined;
      if (containerId === undefined ? isOfNone : !isAlone) return textResponse(400, ONE_OF_THREE);
      const found = executorsOf(report).filter(
        ({ framework, executor }) =>
          (containerId ?? executor.containerId) === executor.containerId &&
          (frameworkId ?? framework.frameworkId) === framework.frameworkId &&
          (executorId ?? executor.executorId) === executor.executorId,
      );
      const records = await statisticsOf(found, answers);
      return jsonResponse(
        200,
        records.map((record, index) => {
          const container_id = found[index]?.executor.containerId ?? '';
          return { ...record, container_id, status: { container_id: { value: container_id } } };
        }),
      );
    }),
    '/monitor/statistics': {
      ...reported(async (report) =>
        jsonResponse(200, await statisticsOf(executorsOf(report), answers)),
      ),
      jsonAlias: true,
    },
    '/containerizer/debug': json(
      async () => jsonResponse(200, { pending: pending() }),
      AGENT_REALMS.readonly,
    ),
  };
}

function jsonText(body: string): HttpResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

/** One that asks by GET, and may want a script. Old clients ask for it with `.json` at its end. */
function json(answer: (form: Form) => Promise<HttpResponse>, realm?: string): HttpRoute {
  return {
    ...(realm !== undefined && { realm }),
    jsonAlias: true,
    GET: async (request) => {
      const form = parseForm(request.query);
      if (form === undefined) return BAD_QUERY;
      const response = await answer(form);
      return response.status === 200 ? withJsonp(request, response) : response;
    },
  };
}

async function statisticsOf(
  found: readonly FoundExecutor[],
  answers: NodeAnswers,
): Promise<readonly object[]> {
  const usage = await answers.usage(found.map(({ executor }) => executor.containerId));
  const nowMs = answers.nowMs();
  return found.map(({ framework, executor }) => {
    const { executorId, containerId } = executor;
    const { name = '', source = '' } = executorInfoView(framework, executor);
    const statistics = statisticsView(executor, usage.get(containerId), nowMs);
    return {
      framework_id: framework.frameworkId,
      executor_id: executorId,
      executor_name: name,
      source,
      // Its 64-bit numbers here are far below 2^53.
      statistics: JSON.parse(jsonTextOf('ResourceStatistics', statistics)),
    };
  });
}
