/**
 * What the allocator knows: agents, frameworks, and what of which agent is whose.
 *
 * What is allocated on an agent is told by the agent's own list alone; what is free is the rest.
 * Agents that could be handed out since the last round are `dirty`; only these are looked at, so
 * whatever makes an allocation possible says so here: something became free, a refusal ended, or
 * somebody wants now what nobody wanted before (`allDirty`).
 */
import type { FrameworkCapability } from '../../protocol/framework.ts';
import type { AgentId, FrameworkId } from '../../protocol/ids.ts';
import type { OfferConstraints } from '../../protocol/offer-constraints.ts';
import type { Resources } from '../../protocol/resources.ts';
import type { AgentFacts, CompiledConstraints } from './constraints.ts';
import type { Demand } from './demands.ts';
import { emptyFilters, type OfferFilters } from './filters.ts';
import type { Leaving } from './inverse-offers.ts';
import type { FromMasterToAllocator } from './messages.ts';
import { emptyQuotaBook, type QuotaBook, withPolicyLimits } from './quota-book.ts';
import { emptyShareTree, type Leaf, type ShareRules, type ShareTree } from './share-tree.ts';
import { emptyWaits, type Waits } from './waits.ts';

/** One of the master's messages, as the functions take it that do what it says. */
export type Told<Type extends FromMasterToAllocator['type']> = Extract<
  FromMasterToAllocator,
  { readonly type: Type }
>;

export interface AllocatorState {
  /** Of the masters. */
  readonly region: string | undefined;
  readonly tree: ShareTree;
  readonly filters: OfferFilters;
  quota: QuotaBook;
  readonly waits: Waits;
  /** What frameworks have asked for. */
  readonly demands: Map<FrameworkId, Demand>;
  /** Host names of the agents that are offered; undefined: all are. */
  whitelist: ReadonlySet<string> | undefined;
  /** Nothing is handed out before there are so many agents. */
  heldOffUntil: number | undefined;
  /** Agents with GPUs are offered only to who says that it knows them. */
  readonly keepsGpus: boolean;
  readonly agents: Map<AgentId, AgentRecord>;
  readonly frameworks: Map<FrameworkId, FrameworkRecord>;
  /** The same memberships as in the frameworks, by the place of their leaves in the tree. */
  readonly members: (Membership | undefined)[];
  /** Agents that are to be unavailable. */
  readonly leaving: Map<AgentId, Leaving>;
  /** What is enough for an offer, where frameworks say so themselves. */
  readonly ownMinima: Map<Leaf, readonly Resources[]>;
  readonly dirty: Set<AgentId>;
  allDirty: boolean;
  /** On all others nothing is free, and nobody can want anything of them. */
  readonly loose: Set<AgentId>;
  /** Become dirty at the end of the interval. */
  readonly dirtyLater: Set<AgentId>;
  /** Some of what is free there was not handed out: a limit is reached, or a guarantee needs it. */
  readonly heldBack: Set<AgentId>;
  /** The next round is under way to us. */
  roundPending: boolean;
  lastRoundMs: number;
  /** When the one that is pending was asked for. */
  roundAskedMs: number;
}

export interface AgentRecord {
  readonly agentId: AgentId;
  readonly epoch: number;
  total: Resources;
  facts: AgentFacts;
  hasGpus: boolean;
  /** All that it has is of the ordinary kind: nothing reserved, no volumes. */
  isPlain: boolean;
  /** In another region than the masters. */
  readonly remote: boolean;
  active: boolean;
  readonly allocated: Map<Leaf, Resources>;
  /** Computed when it is needed. */
  free: Resources | undefined;
  /** It has less than what was said to be in use there, or its total has become less. */
  overcommitted: boolean;
}

export interface FrameworkRecord {
  /** False: known only because it has something allocated. */
  added: boolean;
  active: boolean;
  capabilities: readonly FrameworkCapability[];
  /** As they were told, and as they are asked. */
  offerConstraints: OfferConstraints;
  constraints: CompiledConstraints;
  readonly memberships: Map<string, Membership>;
}

/** A framework in a role. */
export interface Membership {
  readonly leaf: Leaf;
  readonly framework: FrameworkRecord;
  subscribed: boolean;
  suppressed: boolean;
  /** Agents on which it has something allocated. */
  agentCount: number;
  /** What it was offered and refused, and when last: for who asks why. */
  readonly past: Past;
}

export interface Past {
  offeredCount: number;
  lastOfferedMs: number | undefined;
  declinedCount: number;
  lastDeclinedMs: number | undefined;
}

export interface StateRules extends ShareRules {
  /** Default true: see `keepsGpus`. */
  readonly filterGpuResources?: boolean;
  /** Of the masters. Absent: no agent says where it is. */
  readonly region?: string;
}

export function emptyAllocatorState(rules: StateRules = {}): AllocatorState {
  const { policy, filterGpuResources = true, region } = rules;
  return {
    region,
    tree: emptyShareTree(rules),
    filters: emptyFilters(),
    quota: emptyQuotaBook(withPolicyLimits([], policy?.limits)),
    waits: emptyWaits(),
    demands: new Map(),
    whitelist: undefined,
    heldOffUntil: undefined,
    keepsGpus: filterGpuResources,
    agents: new Map(),
    frameworks: new Map(),
    members: [],
    leaving: new Map(),
    ownMinima: new Map(),
    dirty: new Set(),
    allDirty: false,
    loose: new Set(),
    dirtyLater: new Set(),
    heldBack: new Set(),
    roundPending: false,
    lastRoundMs: Number.NEGATIVE_INFINITY,
    roundAskedMs: 0,
  };
}
