/**
 * The nouns of a replicated log: what all files of this room speak of.
 *
 * Plain data throughout: it goes over the wire, into the write-ahead log, and into traces. Indexes
 * and terms are whole numbers below 2^53 (a hundred thousand entries a second for 2800 years).
 */

/** Given once, never again: a member that comes back empty is another member. 0 is nobody. */
export type MemberId = number;

/** A log is a group's: `registry` is the masters', others are those of frameworks. */
export type GroupId = string;

export type Entry =
  /** A new leader's first: with it everything before it is committed as well. */
  | { readonly kind: 'empty'; readonly index: number; readonly term: number }
  /** What was proposed; this room never looks into it. */
  | {
      readonly kind: 'operation';
      readonly index: number;
      readonly term: number;
      readonly data: Uint8Array;
    }
  /** Who belongs to the group from where this is applied. */
  | {
      readonly kind: 'membership';
      readonly index: number;
      readonly term: number;
      readonly change: MembershipChange;
    };

export interface MembershipChange {
  /**
   * How more than one voter is changed: `auto` by way of a joint membership only where one is
   * needed; the others always, left by itself (`joint`) or by a change without steps (`jointExplicit`).
   */
  readonly transition: 'auto' | 'joint' | 'jointExplicit';
  /** None: a joint membership is left. */
  readonly steps: readonly MembershipStep[];
}

export type MembershipStep =
  /** Votes and counts. Promotes a learner; `address` may then be left out. */
  | { readonly type: 'addVoter'; readonly memberId: MemberId; readonly address?: string }
  /** Follows the log, and neither votes nor counts. Demotes a voter. */
  | { readonly type: 'addLearner'; readonly memberId: MemberId; readonly address?: string }
  | { readonly type: 'removeMember'; readonly memberId: MemberId };

/** Ids are in ascending order everywhere, so that all members say the same. */
export interface Membership {
  readonly voters: readonly MemberId[];
  /** While the membership is joint: those before, who must agree as well. Otherwise none. */
  readonly votersOutgoing: readonly MemberId[];
  readonly learners: readonly MemberId[];
  /** Voters that become learners when the joint membership is left. */
  readonly learnersNext: readonly MemberId[];
  /** Whether the leader leaves the joint membership by itself. */
  readonly leavesJointItself: boolean;
  /** Where members are, as `host:port`; by id in decimal digits. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** What a member must never forget. */
export interface HardState {
  readonly term: number;
  /** For whom it voted in that term; 0 for nobody. */
  readonly vote: MemberId;
  readonly committedIndex: number;
}

/** Up to where a snapshot goes, and what a log that begins with it needs to know. */
export interface SnapshotMark {
  readonly index: number;
  readonly term: number;
  readonly membership: Membership;
}
