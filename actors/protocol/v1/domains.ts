/** Domains, ours ⇄ those of Mesos. Of the kinds of domains that may come there is one: fault domains. */
import type { Domain } from '../domain.ts';
import type { V1 } from './dictionary.ts';

/** @returns undefined where it names no fault domain */
export function toDomain({ fault_domain }: V1<'DomainInfo'>): Domain | undefined {
  if (fault_domain === undefined) return undefined;
  return { region: fault_domain.region.name, zone: fault_domain.zone.name };
}

export function fromDomain({ region, zone }: Domain): V1<'DomainInfo'> {
  return { fault_domain: { region: { name: region }, zone: { name: zone } } };
}
