/**
 * Where a master or an agent is, in the words of fault domains: what can fail together. A region has
 * zones; between regions the network is slow. Source: Mesos 1.11, docs/fault-domains.md, DomainInfo.
 */
import { type Check, object, string } from '../../runtime/decode.ts';
import { NAME_LENGTH_MAX } from './maxima.ts';

export interface Domain {
  readonly region: string;
  readonly zone: string;
}

const name = string(NAME_LENGTH_MAX);

export const domain: Check<Domain> = object<Domain>({ region: name, zone: name });
