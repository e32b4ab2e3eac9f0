/**
 * The allocator's rules once more, short and slow: everything is computed from scratch for each
 * agent, by sorting, over plain lists. What the real one decides is compared with this.
 */
import type {
  Allocation,
  FromMasterToAllocator,
} from '../../../../actors/master/allocator/messages.ts';
import type { RoundRules } from '../../../../actors/master/allocator/round.ts';
import type { AgentId, FrameworkId } from '../../../../actors/protocol/ids.ts';
import type { ResourceRequest } from '../../../../actors/protocol/offer.ts';
import type { QuotaConfig } from '../../../../actors/protocol/quota.ts';
import { isWhole } from '../../../../actors/protocol/resource-kinds.ts';
import {
  contains,
  formatAttributes,
  minus,
  type Resource,
  type Resources,
  scalarMilli,
} from '../../../../actors/protocol/resources.ts';

type AddFramework = Extract<FromMasterToAllocator, { readonly type: 'addFramework' }>;
type AddAgent = Extract<FromMasterToAllocator, { readonly type: 'addAgent' }>;
type Held = Pick<Allocation, 'frameworkId' | 'role' | 'agentId' | 'resources'>;
/** What a framework can deal with and wants, beside roles. */
interface Demand {
  refined: boolean;
  aware: boolean;
  gpus: boolean;
  /** Of the attribute `rack`, for roles that are constrained: the only value that will do. */
  racks: ReadonlyMap<string, string>;
  minima: ReadonlyMap<string, readonly Resources[]>;
}

type Client = Pick<Held, 'frameworkId' | 'role'>;
/** An allocation, and in which pass: 0 who is overdue, 1 who lacks what it is guaranteed, 2 all. */
export interface Due {
  readonly allocation: Allocation;
  readonly pass: 0 | 1 | 2;
}

export function oracle({
  minAllocatable,
  allocationIntervalMs,
  offerWaitMsMax = Number.POSITIVE_INFINITY,
  region,
}: RoundRules & { readonly allocationIntervalMs: number; readonly region: string }) {
  const agents = new Map<AgentId, AddAgent>();
  const frameworks = new Map<
    FrameworkId,
    Demand & { active: boolean; roles: readonly string[]; suppressed: Set<string> }
  >();
  const requests = new Map<FrameworkId, readonly ResourceRequest[]>();
  /** Those who want offers, and since when they have had none. */
  let waiting: (Client & { sinceMs: number })[] = [];
  const weights = new Map<string, number>();
  let quotas: readonly QuotaConfig[] = [];
  let held: Held[] = [];
  let refused: (Held & { readonly endMs: number })[] = [];
  /** How often a node was chosen, by its path, as long as there is such a node. */
  const chosen = new Map<string, number>();

  /** From the first part of the role to the framework: `a`, `a/x`, `a/x/.`, `a/x/./F1`. */
  const pathsOf = ({ role, frameworkId }: Client) => {
    const paths = role.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
    return [...paths, `${role}/.`, `${role}/./${frameworkId}`];
  };
  const subscriptions = (): Client[] =>
    [...frameworks].flatMap(([frameworkId, { roles }]) =>
      roles.map((role) => ({ frameworkId, role })),
    );
  const clients = (): Client[] => [...subscriptions(), ...held];
  const wants = ({ frameworkId, role }: Client) => {
    const framework = frameworks.get(frameworkId);
    return framework?.active && framework.roles.includes(role) && !framework.suppressed.has(role);
  };
  const forget = (nowMs: number) => {
    const wanting = subscriptions().filter(wants);
    waiting = wanting.map(
      (client) => waiting.find((each) => sameClient(each, client)) ?? { ...client, sinceMs: nowMs },
    );
    const alive = new Set(clients().flatMap(pathsOf));
    for (const path of chosen.keys()) if (!alive.has(path)) chosen.delete(path);
    refused = refused.filter(
      ({ frameworkId, role, agentId }) =>
        frameworks.get(frameworkId)?.active &&
        frameworks.get(frameworkId)?.roles.includes(role) &&
        agents.has(agentId),
    );
  };
  /** What was refused in roles that are not suppressed any more, is wanted again. */
  const endSuppressed = (told: {
    readonly frameworkId: FrameworkId;
    readonly suppressedRoles: readonly string[];
  }) => {
    const before = frameworks.get(told.frameworkId)?.suppressed;
    refused = refused.filter(
      ({ frameworkId, role }) =>
        frameworkId !== told.frameworkId ||
        !before?.has(role) ||
        told.suppressedRoles.includes(role),
    );
  };
  const take = (taken: Held) => {
    held.push(taken);
    for (const path of pathsOf(taken)) chosen.set(path, (chosen.get(path) ?? 0) + 1);
  };
  const freeOn = ({ agentId, total }: AddAgent) =>
    held
      .filter((each) => each.agentId === agentId)
      .reduce((rest, { resources }) => minus(rest, resources), total);

  const shareOf = (path: string) => {
    const total = [...agents.values()].flatMap((agent) => agent.total);
    const mine = held
      .filter((each) => pathsOf(each).includes(path))
      .flatMap(({ resources }) => resources);
    const names = new Set(total.filter(({ type }) => type === 'scalar').map(({ name }) => name));
    const shares = [...names].map((name) => scalarMilli(mine, name) / scalarMilli(total, name));
    return Math.max(0, ...shares) / (weights.get(path) ?? 1);
  };
  const compare = (one: Client, other: Client): number => {
    const [left, right] = [pathsOf(one), pathsOf(other)];
    const fork = left.findIndex((path, index) => path !== right[index]);
    const [a = '', b = ''] = [left[fork], right[fork]];
    return (
      shareOf(a) - shareOf(b) ||
      (chosen.get(a) ?? 0) - (chosen.get(b) ?? 0) ||
      ((a.split('/').at(-1) ?? '') < (b.split('/').at(-1) ?? '') ? -1 : 1)
    );
  };

  const sum = (amounts: readonly number[]) => amounts.reduce((all, amount) => all + amount, 0);
  const inRole = (role: string, above: string) => `${role}/`.startsWith(`${above}/`);
  const ownerOf = ({ reservations }: Resource) => reservations?.at(-1)?.role;
  const isMetered = (resource: Resource) =>
    resource.type === 'scalar' && !ownerOf(resource) && !resource.revocable;
  /** Reservations of the role, and what is used in it of the rest. */
  const consumedBy = (role: string, name: string) =>
    sum([
      ...[...agents.values()].map(({ total }) =>
        scalarMilli(
          total.filter((each) => inRole(ownerOf(each) ?? '', role)),
          name,
        ),
      ),
      ...held
        .filter((each) => inRole(each.role, role))
        .map(({ resources }) => scalarMilli(resources.filter(isMetered), name)),
    ]);
  const freeMilli = (name: string) =>
    sum([
      ...[...agents.values()].map(({ total }) => scalarMilli(total.filter(isMetered), name)),
      ...held.map(({ resources }) => -scalarMilli(resources.filter(isMetered), name)),
    ]);
  /** To be kept free for guarantees, if the role and all above it had as much as they like. */
  const needed = (name: string, satisfied = '-') => {
    const needOf = (role: string): number => {
      const { guaranteesMilli } = quotas.find((each) => each.role === role) ?? {};
      const guarantee = inRole(satisfied, role) ? 0 : (guaranteesMilli?.[name] ?? 0);
      return Math.max(guarantee - consumedBy(role, name), needBelow(`${role}/`), 0);
    };
    const needBelow = (prefix: string) => {
      const below = quotas.filter(({ role }) => role.startsWith(prefix));
      const next = below.map(({ role }) => role.slice(prefix.length).split('/')[0] ?? '');
      return sum([...new Set(next)].map((part) => needOf(`${prefix}${part}`)));
    };
    return needBelow('');
  };
  const leftFor = (role: string, name: string) =>
    Math.min(
      ...quotas
        .filter((each) => inRole(role, each.role) && name in each.limitsMilli)
        .map((each) => (each.limitsMilli[name] ?? 0) - consumedBy(each.role, name)),
    );
  const isNamed = (name: string) =>
    quotas.some(({ guaranteesMilli: one, limitsMilli: two }) => name in one || name in two);
  const unmetBy = (role: string, name: string) =>
    Math.max(0, Math.min(needed(name) - needed(name, role), leftFor(role, name)));
  const allowedTo = (role: string, name: string) => {
    if (!isNamed(name)) return Number.POSITIVE_INFINITY;
    const spare = freeMilli(name) - needed(name, role);
    return Math.max(0, Math.min(Math.max(unmetBy(role, name), spare), leftFor(role, name)));
  };
  const cutToQuota = (role: string, resources: Resources): Resources => {
    if (quotas.length === 0) return resources;
    const taken = new Map<string, number>();
    return resources.flatMap((resource) => {
      if (resource.type !== 'scalar' || !isMetered(resource)) return [resource];
      const had = taken.get(resource.name) ?? 0;
      const left = allowedTo(role, resource.name) - had;
      const milli = Math.min(resource.milli, isWhole(resource) && left < resource.milli ? 0 : left);
      taken.set(resource.name, had + milli);
      return milli > 0 ? [{ ...resource, milli }] : [];
    });
  };
  const servesGuarantee = (role: string, resources: Resources) =>
    resources.some((resource) => {
      if (resource.type !== 'scalar' || !isMetered(resource)) return false;
      const unmet = unmetBy(role, resource.name);
      return unmet > 0 && (!isWhole(resource) || resource.milli <= unmet);
    });

  return {
    /** What is due on this agent; it is held from then on. */
    allocate(agentId: AgentId, nowMs: number, among?: Client): Due | undefined {
      const agent = agents.get(agentId);
      if (!agent?.active) return undefined;
      const free = freeOn(agent);
      /** Of what nobody has: that is nobody's, or of the role or one above it. */
      const isFit = ({ frameworkId, role }: Client) => {
        const { aware, gpus, racks } = frameworks.get(frameworkId) ?? NO_DEMAND;
        if (!gpus && scalarMilli(agent.total, 'gpus') > 0) return false;
        const rack = agent.attributes.find(({ name }) => name === 'rack')?.value;
        const near = agent.domain === undefined || agent.domain.region === region;
        return (aware || near) && (racks.get(role) ?? rack) === rack;
      };
      const offerOf = ({ frameworkId, role }: Client) =>
        cutToQuota(
          role,
          free.filter((resource) => {
            const { reservations = [] } = resource;
            const depth = frameworks.get(frameworkId)?.refined ? 9 : 1;
            return reservations.length <= depth && inRole(role, ownerOf(resource) ?? role);
          }),
        );
      const offers = new Map<string, Resources>();
      const offerTo = (client: Client): Resources => {
        const key = `${client.frameworkId} ${client.role}`;
        const offer = offers.get(key) ?? offerOf(client);
        offers.set(key, offer);
        return offer;
      };
      const isWorthIt = ({ frameworkId, role }: Client, resources: Resources) => {
        const minima = frameworks.get(frameworkId)?.minima.get(role) ?? minAllocatable;
        return (
          resources.length > 0 &&
          (minima.length === 0 || minima.some((min) => hasAsMuch(resources, min)))
        );
      };
      const suits = ({ frameworkId }: Client, resources: Resources) => {
        const { roles = [] } = frameworks.get(frameworkId) ?? {};
        const asked = requests.get(frameworkId) ?? [];
        const isHeld = (one: ResourceRequest, of: AgentId, have: Resources) =>
          (one.agentId ?? of) === of && hasAsMuch(have, one.resources);
        const ofRole = (total: Resources, role: string) =>
          total.filter((each) => inRole(role, ownerOf(each) ?? role));
        const isPossible = asked.some((one) =>
          [...agents.values()].some(({ agentId: of, total }) =>
            roles.some((role) => isHeld(one, of, ofRole(total, role))),
          ),
        );
        return !isPossible || asked.some((one) => isHeld(one, agentId, resources));
      };
      const isRefused = ({ frameworkId, role }: Client, resources: Resources) =>
        refused.some(
          (each) =>
            each.frameworkId === frameworkId &&
            each.role === role &&
            each.agentId === agentId &&
            each.endMs > nowMs &&
            contains(each.resources, resources),
        );
      const candidates = [...frameworks.entries()]
        .flatMap(([frameworkId, { roles }]) => roles.map((role) => ({ frameworkId, role })))
        .filter(
          (client) =>
            wants(client) &&
            isFit(client) &&
            isWorthIt(client, offerTo(client)) &&
            suits(client, offerTo(client)) &&
            !isRefused(client, offerTo(client)),
        );
      const late = waiting.filter(
        ({ sinceMs, ...client }) =>
          nowMs - sinceMs > offerWaitMsMax && candidates.some((each) => sameClient(each, client)),
      );
      const guaranteed = candidates.filter((each) => servesGuarantee(each.role, offerTo(each)));
      const longestMs = Math.min(...late.map(({ sinceMs }) => sinceMs));
      const longest = late.filter(({ sinceMs }) => sinceMs === longestMs);
      const pass = late.length > 0 ? 0 : guaranteed.length > 0 ? 1 : 2;
      const first =
        pass === 0
          ? // Of those who have waited equally long, any.
            (longest.find((each) => among && sameClient(each, among)) ?? longest[0])
          : (pass === 1 ? guaranteed : candidates).sort(compare)[0];
      if (first === undefined) return undefined;
      const { frameworkId, role } = first;
      const resources = offerTo(first);
      take({ frameworkId, role, agentId, resources });
      const allocation = { frameworkId, role, agentId, agentEpoch: agent.epoch, resources };
      for (const each of waiting) if (sameClient(each, first)) each.sinceMs = nowMs;
      return { allocation, pass };
    },

    tell(message: FromMasterToAllocator, nowMs: number): void {
      switch (message.type) {
        case 'addFramework':
          endSuppressed(message);
          frameworks.set(message.frameworkId, {
            active: message.active,
            roles: message.roles,
            suppressed: new Set(message.suppressedRoles),
            ...demandOf(message),
          });
          break;
        case 'updateFramework': {
          const framework = frameworks.get(message.frameworkId);
          if (framework === undefined) break;
          endSuppressed(message);
          framework.roles = message.roles;
          Object.assign(framework, demandOf(message));
          framework.suppressed = new Set(message.suppressedRoles);
          break;
        }
        case 'activateFramework':
        case 'deactivateFramework': {
          const framework = frameworks.get(message.frameworkId);
          if (framework !== undefined) framework.active = message.type === 'activateFramework';
          if (message.type === 'deactivateFramework') requests.delete(message.frameworkId);
          break;
        }
        case 'removeFramework':
          frameworks.delete(message.frameworkId);
          requests.delete(message.frameworkId);
          break;
        case 'addAgent':
          held = held.filter(({ agentId }) => agentId !== message.agentId);
          refused = refused.filter(({ agentId }) => agentId !== message.agentId);
          agents.set(message.agentId, message);
          forget(nowMs);
          for (const used of message.used) take({ ...used, agentId: message.agentId });
          break;
        case 'updateAgent': {
          const agent = agents.get(message.agentId);
          if (agent === undefined) break;
          if (formatAttributes(agent.attributes) !== formatAttributes(message.attributes)) {
            refused = refused.filter(({ agentId }) => agentId !== message.agentId);
          }
          agents.set(message.agentId, { ...agent, ...message, type: 'addAgent' });
          break;
        }
        case 'activateAgent':
        case 'deactivateAgent': {
          const agent = agents.get(message.agentId);
          const active = message.type === 'activateAgent';
          if (agent !== undefined) agents.set(message.agentId, { ...agent, active });
          break;
        }
        case 'removeAgent':
          agents.delete(message.agentId);
          held = held.filter(({ agentId }) => agentId !== message.agentId);
          break;
        case 'recoverResources': {
          if (!agents.has(message.agentId)) break;
          let rest = message.resources;
          held = held.flatMap((each) => {
            if (!sameClient(each, message) || each.agentId !== message.agentId) return [each];
            const left = minus(each.resources, rest);
            rest = minus(rest, each.resources);
            return left.length > 0 ? [{ ...each, resources: left }] : [];
          });
          const asked = message.filters?.refuseMs;
          if (asked === undefined || asked === 0 || message.resources.length === 0) break;
          const endMs = nowMs + Math.max(asked, allocationIntervalMs);
          refused.push({ ...message, endMs });
          break;
        }
        case 'updateWeights':
          for (const { role, weight } of message.weights) weights.set(role, weight);
          break;
        case 'request':
          if (frameworks.has(message.frameworkId)) {
            requests.set(message.frameworkId, message.requests);
          }
          break;
        case 'updateQuota':
          quotas = message.configs;
          break;
        case 'suppress':
        case 'revive': {
          const framework = frameworks.get(message.frameworkId);
          if (framework === undefined) break;
          const roles = message.roles.length > 0 ? message.roles : framework.roles;
          for (const role of roles) {
            if (message.type === 'suppress') {
              if (framework.roles.includes(role)) framework.suppressed.add(role);
              continue;
            }
            framework.suppressed.delete(role);
            refused = refused.filter(
              (each) => each.role !== role || each.frameworkId !== message.frameworkId,
            );
          }
        }
      }
      forget(nowMs);
    },
  };
}

function hasAsMuch(resources: Resources, wanted: Resources): boolean {
  return wanted.every(({ name }) => scalarMilli(resources, name) >= scalarMilli(wanted, name));
}

function sameClient(one: Client, other: Client): boolean {
  return one.frameworkId === other.frameworkId && one.role === other.role;
}

const NO_DEMAND: Demand = {
  refined: false,
  aware: false,
  gpus: false,
  racks: new Map(),
  minima: new Map(),
};

function demandOf({
  capabilities = [],
  offerConstraints = [],
  minAllocatable = [],
}: Pick<AddFramework, 'capabilities' | 'offerConstraints' | 'minAllocatable'>): Demand {
  const racks = offerConstraints.flatMap(({ role, groups }) => {
    const predicate = groups[0]?.[0]?.predicate;
    return predicate?.type === 'textEquals' ? [[role, predicate.value] as const] : [];
  });
  return {
    refined: capabilities.includes('reservationRefinement'),
    aware: capabilities.includes('regionAware'),
    gpus: capabilities.includes('gpuResources'),
    racks: new Map(racks),
    minima: new Map(minAllocatable.map((one) => [one.role, one.minAllocatable])),
  };
}
