/** What a master is called: its `MasterInfo`, made of where its node is reached. */
import type { Domain } from '../../../protocol/domain.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { masterInfo as infoForSchedulers } from '../scheduler/master-info.ts';

export interface MasterIdentity {
  readonly id: string;
  readonly pid: string;
  readonly hostname: string;
  readonly port: number;
}

export function infoOfMaster({
  masterId,
  node,
}: {
  readonly masterId: string;
  readonly node: string;
}): MasterIdentity {
  const colon = node.lastIndexOf(':');
  return {
    id: masterId,
    pid: `master@${node}`,
    hostname: node.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(node.slice(colon + 1)),
  };
}

/** As schedulers are told. */
export function masterInfo({
  masterId,
  node,
  domain,
}: {
  readonly masterId: string;
  readonly node: string;
  readonly domain?: Domain | undefined;
}): V1<'MasterInfo'> {
  return infoForSchedulers(node, masterId, domain);
}
