/**
 * The reasons why a framework is offered nothing, as sentences: from what was found out about it for
 * each agent, in the order in which somebody who can do something about it wants to hear them.
 */
import type { Explanation, OfferReasonCode, Reason } from '../../protocol/explanation.ts';
import { formatResources } from '../../protocol/resources.ts';
import type { Fit, LeafVerdicts } from './explain.ts';
import type { Leaf } from './share-tree.ts';
import type { AllocatorState } from './state.ts';

export type OffersExplained = Required<Pick<Explanation, 'reasons' | 'roles' | 'agentsLookedAt'>>;

/** So many of those that come first are named. */
const RIVALS_NAMED_MAX = 3;

export function reasonsOf(
  all: readonly LeafVerdicts[],
  fit: Fit | undefined,
  agentCount: number,
  nowMs: number,
): readonly Reason[] {
  if (agentCount === 0) return [];
  const ofRoles = all.flatMap((verdicts) => reasonsInRole(verdicts, nowMs));
  return fit === undefined ? ofRoles : [...ofRoles, fitReason(fit, agentCount)];
}

/** Whatever else is so. */
export function heldOffReasons({
  heldOffUntil,
  agents,
}: Pick<AllocatorState, 'heldOffUntil' | 'agents'>): readonly Reason[] {
  if (heldOffUntil === undefined) return [];
  const text = `Nothing is offered before ${heldOffUntil} agents are back after the change of leaders, as there are quotas; ${agents.size} are`;
  const advice = 'Wait until they are, or until --allocator-recovery-timeout is over';
  return [{ code: 'heldOff', text, advice }];
}

function reasonsInRole(verdicts: LeafVerdicts, nowMs: number): readonly Reason[] {
  const { leaf, membership, counts } = verdicts;
  const reason = (code: OfferReasonCode, text: string, advice?: string): Reason => ({
    code,
    role: leaf.role,
    text,
    ...(advice !== undefined && { advice }),
  });
  if (!membership.subscribed) {
    const text = 'The framework has left this role, and keeps in it what it still uses';
    return [reason('roleLeft', text, 'Have its scheduler subscribe with this role again')];
  }
  if (membership.suppressed) {
    const text = 'The framework has suppressed offers in this role';
    return [reason('suppressed', text, 'Have its scheduler revive offers (REVIVE)')];
  }
  const found: Reason[] = [];
  const add = (
    code: Parameters<typeof counts.get>[0],
    text: (agents: string) => string,
    advice?: string,
  ) => {
    const count = counts.get(code);
    if (count !== undefined) found.push(reason(code, text(agentsOf(count)), advice));
  };
  add('next', (agents) => `It is the next to be offered what is free on ${agents}`);
  add(
    'refused',
    (agents) => {
      const { firstMs, lastMs } = verdicts.refusedUntilMs ?? { firstMs: nowMs, lastMs: nowMs };
      return `It declined what is free on ${agents}${exampleOf(verdicts)}, and its refusals end ${period(firstMs - nowMs, lastMs - nowMs)}`;
    },
    'Have its scheduler decline with a shorter refuse_seconds, or revive offers, which ends refusals at once',
  );
  add(
    'otherFirst',
    (agents) => `Others come before it on ${agents}: ${rivalsOf(verdicts)}`,
    'Wait until they have got their share or decline; weights of roles shift the order (messor weights)',
  );
  add(
    'waitingForInterval',
    (agents) =>
      `It declined what is free on ${agents} and refused nothing: it is offered again at the end of the interval`,
  );
  add(
    'tooSmall',
    (agents) => `What is free on ${agents} is less than is worth an offer`,
    'Wait until tasks end there, or lower --min-allocatable-resources of the masters, or what its scheduler says is too little (offer_filters)',
  );
  add(
    'reserved',
    (agents) => `What is free on ${agents} is reserved for other roles`,
    'Wait until tasks end there, or have it subscribe with such a role',
  );
  add(
    'notCapable',
    (agents) =>
      `What is free on ${agents} is offered to frameworks that can deal with it: revocable, shared, reserved more than once, or in another region`,
    'Have its scheduler name the capability (REVOCABLE_RESOURCES, SHARED_RESOURCES, RESERVATION_REFINEMENT, REGION_AWARE)',
  );
  add(
    'limitReached',
    (agents) =>
      `With what is free on ${agents} the role would have more than its quota${ofRole(verdicts.limitedRole, leaf)} allows`,
    'Wait until tasks of the role end, or raise the limit: messor quota',
  );
  add(
    'guaranteesNeedIt',
    (agents) => `What is free on ${agents} is kept for what other roles are guaranteed`,
    'Add agents, or lower guarantees of others: messor quota',
  );
  add(
    'lessThanRequested',
    (agents) => `What is free on ${agents} is less than its scheduler has asked for`,
    'Wait until tasks end there, or have it ask for less (REQUEST); an empty request ends the asking',
  );
  add(
    'gpusKept',
    (agents) => `There are GPUs on ${agents}, which are for frameworks that know them`,
    'Have its scheduler name the capability GPU_RESOURCES, or start masters with --no-filter-gpu-resources',
  );
  add(
    'notWhitelisted',
    (agents) => `The hosts of ${agents} are not in the file that --whitelist names`,
    'Add them to the file',
  );
  add(
    'constrained',
    (agents) => `Its own offer constraints exclude ${agents}`,
    'Have its scheduler change them (UPDATE_FRAMEWORK), or give agents such attributes (--attributes)',
  );
  add(
    'nothingFree',
    (agents) => `Nothing is free on ${agents}: all is used, or offered to somebody`,
    'Wait until tasks end, add agents, or see who has it: messor agents, messor offers',
  );
  add(
    'agentsDraining',
    (agents) => `Operators have drained ${agents}, or are about to`,
    'Wait until that is over and they are reactivated: messor agents; or messor drain cancel',
  );
  add(
    'agentsDeactivated',
    (agents) => `Operators have deactivated ${agents}`,
    'See which: messor agents; messor agents reactivate has them offered again',
  );
  add(
    'agentsInactive',
    (agents) => `The master has no connection to ${agents}`,
    'See since when: messor agents',
  );
  return found;
}

/** ` of a`, where it is not its own. */
function ofRole(role: string | undefined, leaf: Leaf): string {
  return role === undefined || role === leaf.role ? '' : ` of ${role}`;
}

/** ` (such as cpus:0.4;mem:448)` */
function exampleOf({ samples }: LeafVerdicts): string {
  const example = samples.find(({ verdict }) => verdict === 'refused');
  return example === undefined ? '' : ` (such as ${example.free})`;
}

/** `F1 (role a, share 10.0%)`, the most frequent first. */
function rivalsOf({ rivals, leaf, shareOf }: LeafVerdicts): string {
  const sorted = [...rivals].sort(([, one], [, other]) => other - one);
  const named = sorted.slice(0, RIVALS_NAMED_MAX).map(([rival]) => {
    const { frameworkId, role } = rival;
    return `${frameworkId} (role ${role}, share ${percent(shareOf(rival))})`;
  });
  const more = sorted.length > named.length ? ` and ${sorted.length - named.length} more` : '';
  return `${named.join(', ')}${more}; its own share is ${percent(shareOf(leaf))}`;
}

function fitReason({ needs, largeEnoughCount, freeEnoughCount }: Fit, agentCount: number): Reason {
  const what = formatResources(needs);
  if (largeEnoughCount === 0) {
    return {
      code: 'needsTooLarge',
      text: `No agent has ${what} at all, of ${agentCount} that there are`,
      advice: 'Ask for less at once, or start an agent that is large enough',
    };
  }
  if (freeEnoughCount === 0) {
    return {
      code: 'needsNotFree',
      text: `${upper(agentsOf(largeEnoughCount))} could hold ${what}, but none has it free now`,
      advice: 'Wait until tasks end there, or add agents',
    };
  }
  return { code: 'needsFit', text: `${what} is free on ${agentsOf(freeEnoughCount)} now` };
}

function agentsOf(count: number): string {
  return count === 1 ? 'one agent' : `${count} agents`;
}

function upper(text: string): string {
  return text.replace(/^./, (letter) => letter.toUpperCase());
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

function period(firstMs: number, lastMs: number): string {
  const first = `in ${seconds(firstMs)}`;
  return seconds(firstMs) === seconds(lastMs) ? first : `${first} to ${seconds(lastMs)}`;
}

function seconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 1000))} s`;
}
