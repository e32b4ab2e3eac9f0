/** What schedulers do with offers, several at a time. */
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import type { SchedulerClient } from '../kit/scheduler-client.ts';

export function accept(
  client: SchedulerClient,
  offers: readonly V1<'Offer'>[],
  tasks: readonly V1<'TaskInfo'>[],
): Promise<void> {
  return client.accepted({
    type: 'ACCEPT',
    accept: {
      offer_ids: offers.map(({ id }) => id),
      operations: [{ type: 'LAUNCH', launch: { task_infos: tasks } }],
      filters: { refuse_seconds: 0 },
    },
  });
}

export function amount(offers: readonly V1<'Offer'>[], name: string): number {
  return offers
    .flatMap(({ resources = [] }) => resources)
    .filter((resource) => resource.name === name)
    .reduce((sum, { scalar }) => sum + (scalar?.value ?? 0), 0);
}

export async function offers(
  client: SchedulerClient,
  count: number,
): Promise<readonly V1<'Offer'>[]> {
  const all = () => client.all('OFFERS').flatMap((event) => event.offers?.offers ?? []);
  for (let index = 0; all().length < count; index++) await client.until('OFFERS', index);
  return all();
}
