/** What counts as a page of a master's state: the answer to `describeMaster`. */
import { acceptor, array, boolean, number, object, oneOf, union } from '../../runtime/decode.ts';
import {
  address,
  count,
  frameworkInfo,
  milliseconds,
  name,
  offer,
  properId,
  registeredAgentInfo,
  resources,
  role,
  taskOptional,
  taskRequired,
  unavailability,
} from './nouns.ts';
import { offerConstraints } from './offer-constraints.ts';
import { drainInfo, quotaConfig } from './operator-nouns.ts';
import { WEIGHT_MAX, WEIGHT_MIN } from './quota.ts';
import {
  type AgentView,
  type FrameworkView,
  type MasterPage,
  type MasterSummary,
  PAGE_COUNT_MAX,
  type RoleView,
  type Staleness,
  type TaskView,
} from './views.ts';

const masterSummary = object<MasterSummary>({
  masterId: name,
  cluster: name,
  version: name,
  node: name,
  startedMs: milliseconds,
});

const agentView = object<AgentView>(
  {
    agentId: properId(),
    info: registeredAgentInfo,
    address: address(),
    state: oneOf({ active: true, disconnected: true, recovered: true, unreachable: true }),
    total: resources,
  },
  {
    registeredMs: milliseconds,
    reregisteredMs: milliseconds,
    unreachableAtMs: milliseconds,
    used: resources,
    offered: resources,
    deactivated: boolean,
    drain: drainInfo,
    drainStartedMs: milliseconds,
    unavailability,
  },
);

const frameworkView = object<FrameworkView>(
  {
    frameworkId: properId(),
    info: frameworkInfo,
    state: oneOf({ active: true, disconnected: true, recovered: true, completed: true }),
  },
  {
    subscribedMs: milliseconds,
    resubscribedMs: milliseconds,
    failsOverMs: milliseconds,
    endedMs: milliseconds,
    used: resources,
    offered: resources,
    activeTaskCount: count,
    offerConstraints,
  },
);

const taskView = object<TaskView>(
  { ...taskRequired, phase: oneOf({ active: true, completed: true, unreachable: true }) },
  taskOptional,
);

const roleView = object<RoleView>(
  { role, weight: number(WEIGHT_MIN, WEIGHT_MAX) },
  {
    quota: quotaConfig,
    consumed: resources,
    allocated: resources,
    offered: resources,
    reserved: resources,
    share: number(0, Number.MAX_VALUE),
    frameworkCount: count,
  },
);

const pageFields = { type: oneOf({ masterPage: true }), master: masterSummary };
const staleness = object<Staleness>(
  { epoch: count, term: count, appliedIndex: count },
  { leader: name, silenceMs: milliseconds },
);
const pageOptional = { nextOffset: count, stale: staleness };

export const acceptsMasterPage = acceptor(
  union<MasterPage, 'section'>('section', {
    agents: [{ ...pageFields, items: array(agentView, PAGE_COUNT_MAX) }, pageOptional],
    frameworks: [{ ...pageFields, items: array(frameworkView, PAGE_COUNT_MAX) }, pageOptional],
    tasks: [{ ...pageFields, items: array(taskView, PAGE_COUNT_MAX) }, pageOptional],
    offers: [{ ...pageFields, items: array(offer, PAGE_COUNT_MAX) }, pageOptional],
    roles: [{ ...pageFields, items: array(roleView, PAGE_COUNT_MAX) }, pageOptional],
  }),
);
