/** The GET_* calls: those about the cluster from what readers know, the others from what the node knows. */
import type { HttpAnswer } from '../../../../transport/http/message.ts';
import { flatMetrics } from '../../../protocol/metrics/flat-metrics.ts';
import { fromQuotas, fromWeight } from '../../../protocol/v1/from-nouns/operators.ts';
import { msOfNanoseconds } from '../../../protocol/v1/times.ts';
import { versionInfo } from '../../../protocol/v1/versions.ts';
import type { ReadMetrics } from '../master-metrics.ts';
import type { NodeFacts } from '../node-facts.ts';
import { masterInfo } from '../old/master-identity.ts';
import { ageHeaders, NOT_NOW } from '../old/read-route.ts';
import type { Reader } from '../reader.ts';
import type { OperatorRead } from '../snapshot/read-changes.ts';
import {
  answered,
  bytesAnswered,
  type OperatorCall,
  type OperatorCallHandler,
  type OperatorCallHandlers,
} from './operator-api.ts';

type ReadCall = Exclude<
  Extract<keyof OperatorCallHandlers, `GET_${string}`>,
  `GET_MAINTENANCE_${string}` | 'GET_OPERATIONS'
>;

export function operatorReads(
  reader: Reader,
  facts: NodeFacts,
  readMetrics: ReadMetrics,
): Pick<OperatorCallHandlers, ReadCall> {
  const ofCluster =
    (call: OperatorRead): OperatorCallHandler =>
    async ({ encoding }) => {
      const answer = await reader.answer({ kind: 'call', call, encoding });
      if (answer === undefined) return NOT_NOW;
      return bytesAnswered(encoding, answer.body, ageHeaders(answer, reader.nowMs()));
    };
  return {
    GET_STATE: ofCluster('GET_STATE'),
    GET_AGENTS: ofCluster('GET_AGENTS'),
    GET_FRAMEWORKS: ofCluster('GET_FRAMEWORKS'),
    GET_EXECUTORS: ofCluster('GET_EXECUTORS'),
    GET_TASKS: ofCluster('GET_TASKS'),
    GET_ROLES: ofCluster('GET_ROLES'),
    GET_HEALTH: ({ encoding }) =>
      answered(encoding, { type: 'GET_HEALTH', get_health: { healthy: true } }),
    GET_FLAGS: ({ encoding }) => {
      const flags = Object.entries(facts.flags).map(([name, value]) => ({ name, value }));
      return answered(encoding, { type: 'GET_FLAGS', get_flags: { flags } });
    },
    GET_VERSION: ({ encoding }) =>
      answered(encoding, {
        type: 'GET_VERSION',
        get_version: { version_info: versionInfo(facts.version) },
      }),
    GET_LOGGING_LEVEL: ({ encoding }) =>
      answered(encoding, {
        type: 'GET_LOGGING_LEVEL',
        get_logging_level: { level: facts.verbosity.level() },
      }),
    GET_METRICS: async ({ encoding, call: { get_metrics: { timeout } = {} } }) => {
      const timeoutMs = timeout && msOfNanoseconds(timeout.nanoseconds);
      const metrics = Object.entries(flatMetrics(await readMetrics(timeoutMs)));
      return answered(encoding, {
        type: 'GET_METRICS',
        get_metrics: { metrics: metrics.map(([name, value]) => ({ name, value })) },
      });
    },
    GET_MASTER: (asked) => getMaster(asked, facts),
    GET_WEIGHTS: ({ encoding }) =>
      answered(encoding, {
        type: 'GET_WEIGHTS',
        get_weights: { weight_infos: reader.reads.grants().weights.map(fromWeight) },
      }),
    GET_QUOTA: ({ encoding }) =>
      answered(encoding, {
        type: 'GET_QUOTA',
        get_quota: { status: fromQuotas(reader.reads.grants().quotas) },
      }),
  };
}

async function getMaster({ encoding }: OperatorCall, facts: NodeFacts): Promise<HttpAnswer> {
  const known = await facts.leadership();
  if (known?.electedMs === undefined) return NOT_NOW;
  const { masterId, startedMs, electedMs, leader = facts.node() } = known;
  return answered(encoding, {
    type: 'GET_MASTER',
    get_master: {
      master_info: masterInfo({ masterId, node: leader, domain: facts.domain }),
      start_time: startedMs / 1000,
      elected_time: electedMs / 1000,
    },
  });
}
