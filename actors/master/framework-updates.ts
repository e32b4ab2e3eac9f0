/**
 * Frameworks describe themselves anew while they stay subscribed, and doors ask who speaks for them.
 *
 * | what changes                     | what follows                                               |
 * |---|---|
 * | a role is given up               | its offers are rescinded                                   |
 * | a role is suppressed             | its offers stay, no new ones come                          |
 * | a role is suppressed no longer   | what was refused in it is on offer again                   |
 * | its offer constraints            | its offers stay, the next ones are made by them            |
 * | the user, principal, checkpoint  | refused                                                    |
 * | anything                         | its agents and the registry hear of it                     |
 *
 * Source: Mesos 1.11, src/master/master.cpp, updateFramework; validation.cpp, validateUpdate.
 */
import { changeDemand, updateInfo } from './framework-records.ts';
import type { MasterHandlers } from './messages.ts';
import { rescindOffer } from './offers.ts';
import { activeSender } from './senders.ts';
import { constraintsFault, frameworkFault, frameworkUpdateFault } from './validation.ts';

export const frameworkUpdateHandlers: MasterHandlers<'updateFramework' | 'describeFramework'> = {
  updateFramework(state, { frameworkId, info, replyTo, ...demand }, context) {
    const framework = activeSender(state, frameworkId, context);
    if (framework === undefined) {
      const refused = 'Framework is not subscribed';
      context.send(replyTo, { type: 'frameworkUpdated', refused, gone: true });
      return;
    }
    const { options } = context;
    const refused = refusal(
      frameworkFault(info, demand.suppressedRoles, options),
      frameworkUpdateFault(framework.info, info),
      constraintsFault(info, demand.offerConstraints, options),
    );
    if (refused !== undefined) {
      context.send(replyTo, { type: 'frameworkUpdated', refused });
      return;
    }
    context.log.info(`Framework "${frameworkId}" describes itself anew`);
    updateInfo(state, framework, info, context);
    changeDemand(state, framework, demand, context);
    for (const record of framework.offers) {
      if (!info.roles.includes(record.offer.role)) rescindOffer(state, record, context);
    }
    context.send(replyTo, { type: 'frameworkUpdated' });
  },

  describeFramework(state, { frameworkId, replyTo }, context) {
    const framework = state.frameworks.get(frameworkId);
    const principal = framework?.info.principal;
    const scheduler = framework?.status === 'active' ? framework.scheduler : undefined;
    context.send(replyTo, {
      type: 'frameworkStanding',
      known: framework !== undefined,
      ...(principal === undefined ? {} : { principal }),
      ...(scheduler && { scheduler }),
    });
  },
};

function refusal(
  invalid: string | undefined,
  change: string | undefined,
  constraints: string | undefined,
): string | undefined {
  if (invalid !== undefined) return `Supplied FrameworkInfo is not valid: ${invalid}`;
  if (change !== undefined) return `FrameworkInfo update is not valid: ${change}`;
  return constraints === undefined
    ? undefined
    : `'UpdateFramework' call is not valid: ${constraints}`;
}
