/** What an agent of Mesos says of itself → ours. */
import type { AgentInfo } from '../../agent.ts';
import { fieldOf, type V1 } from '../dictionary.ts';
import { toDomain } from '../domains.ts';
import { type Report, step } from '../reading.ts';
import { toAttributes, toResources } from './resources.ts';

const UNDERSTOOD = ['hostname', 'port', 'resources', 'attributes', 'domain', 'id'] as const;

/** @param version of the program that the agent is, which Mesos says elsewhere */
export function toAgent(
  info: V1<'AgentInfo'>,
  version: string,
  report: Report,
  path: string,
): AgentInfo {
  report.rest('AgentInfo', info, UNDERSTOOD, path);
  const domain = info.domain && toDomain(info.domain);
  return {
    hostname: info.hostname,
    port: fieldOf('AgentInfo', info, 'port') ?? 0,
    resources: toResources(info.resources, report, step(path, 'resources')),
    attributes: toAttributes(info.attributes, report, step(path, 'attributes')),
    ...(domain && { domain }),
    version,
  };
}
