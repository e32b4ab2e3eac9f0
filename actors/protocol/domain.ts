/**
 * Where a master or an agent is, in the words of fault domains: what can fail together. A region has
 * zones; between regions the network is slow. Source: Mesos 1.11, docs/fault-domains.md, DomainInfo.
 */
export interface Domain {
  readonly region: string;
  readonly zone: string;
}
