/** Our offers → those of Mesos. */
import { isIP } from 'node:net';
import type { InverseOffer } from '../../maintenance.ts';
import type { Offer } from '../../offer.ts';
import type { V1 } from '../dictionary.ts';
import { fromDomain } from '../domains.ts';
import { type FrameworkForm, inForm } from '../framework-form.ts';
import { fromUnavailability } from './operators.ts';
import { fromAttributes, fromResources } from './resources.ts';

export function fromOffer(offer: Offer, form: FrameworkForm): V1<'Offer'> {
  const { role, executorIds, attributes } = offer;
  const whole: V1<'Offer'> = {
    id: { value: offer.offerId },
    framework_id: { value: offer.frameworkId },
    agent_id: { value: offer.agentId },
    hostname: offer.hostname,
    url: agentUrl(offer.hostname, offer.agent.node),
    resources: fromResources(offer.resources, role),
    ...(attributes.length === 0 ? {} : { attributes: fromAttributes(attributes) }),
    ...(offer.domain && { domain: fromDomain(offer.domain) }),
    ...(executorIds.length === 0 ? {} : { executor_ids: executorIds.map((value) => ({ value })) }),
    ...(form.multiRole ? { allocation_info: { role } } : {}),
    ...(offer.unavailability && { unavailability: fromUnavailability(offer.unavailability) }),
  };
  return inForm('Offer', whole, form);
}

export function fromInverseOffer(offer: InverseOffer): V1<'InverseOffer'> {
  return {
    id: { value: offer.inverseOfferId },
    framework_id: { value: offer.frameworkId },
    agent_id: { value: offer.agentId },
    url: agentUrl(offer.hostname, offer.agent.node),
    unavailability: fromUnavailability(offer.unavailability),
  };
}

/** @param node `host:port` that the agent is reached at */
function agentUrl(hostname: string, node: string): V1<'URL'> {
  const colon = node.lastIndexOf(':');
  const host = node.slice(0, colon).replace(/^\[|\]$/g, '');
  return {
    scheme: 'http',
    address: {
      hostname,
      ...(isIP(host) === 0 ? {} : { ip: host }),
      port: Number(node.slice(colon + 1)),
    },
    path: '/slave(1)',
  };
}
