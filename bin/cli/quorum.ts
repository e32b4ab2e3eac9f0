/** Why no master leads, as far as those that answer can tell, and what to do. Pure. */
import type { MembersDescription } from '../../consensus/host-messages.ts';

export interface MasterAnswer {
  /** `host:port` */
  readonly node: string;
  /** Or why there is none. */
  readonly description: MembersDescription | string;
}

/** How many of those that vote can be reached, and how many have to be for one to lead. */
export interface Quorum {
  readonly reached: readonly string[];
  readonly missing: readonly string[];
  readonly neededCount: number;
}

/** @param timeoutMs for how long one was looked for */
export function whyNoneLeads(answers: readonly MasterAnswer[], timeoutMs: number): string {
  const quorum = quorumOf(answers);
  if (quorum !== undefined && isLost(quorum)) {
    const { reached } = quorum;
    const stale = `until then "messor state --stale" shows what ${reached.join(' or ')} knew last`;
    return `No master leads, so nothing can be changed: ${describeLoss(quorum)}; ${stale}`;
  }
  const since = `No master leads for ${timeoutMs / 1000} s now`;
  const [waiting] = described(answers).filter(({ waitsFor }) => waitsFor !== undefined);
  if (waiting?.waitsFor !== undefined && waiting.waitsFor !== '') {
    const { node, waitsFor, appliedIndex } = waiting;
    const stale = appliedIndex === 0 ? '' : `; "messor state --stale" shows what it knew last`;
    return `${since}; the master at ${node} says: ${waitsFor}${stale}`;
  }
  const all = answers.map((answer) => answer.node).join(', ');
  return (
    `${since}, of ${all}; more than half of the masters have to run and to reach each other; ` +
    '"messor masters" says what each of them waits for'
  );
}

/** @returns undefined where nobody who answers keeps a log with others */
export function quorumOf(answers: readonly MasterAnswer[]): Quorum | undefined {
  const descriptions = described(answers);
  const [newest] = descriptions
    .filter(({ memberId }) => memberId !== undefined)
    .sort((one, other) => other.term - one.term || other.committedIndex - one.committedIndex);
  if (newest === undefined) return undefined;
  const voters = newest.members.filter(({ votes }) => votes).map((member) => member.node);
  const answering = new Set(
    descriptions
      .filter(({ clusterId }) => clusterId === newest.clusterId)
      .map((description) => description.node),
  );
  return {
    reached: voters.filter((voter) => answering.has(voter)),
    missing: voters.filter((voter) => !answering.has(voter)),
    neededCount: Math.floor(voters.length / 2) + 1,
  };
}

export function isLost({ reached, neededCount }: Quorum): boolean {
  return reached.length < neededCount;
}

/** `of 3 masters 1 can be reached (a:5050), and 2 are needed; start b:5050 or c:5050 again` */
export function describeLoss({ reached, missing, neededCount }: Quorum): string {
  const lackCount = neededCount - reached.length;
  const which = lackCount === 1 ? missing.join(' or ') : `${lackCount} of ${missing.join(', ')}`;
  const names = reached.length === 0 ? '' : ` (${reached.join(', ')})`;
  return (
    `of ${reached.length + missing.length} masters ${reached.length} can be reached${names}, ` +
    `and ${neededCount} are needed; start ${which} again`
  );
}

function described(answers: readonly MasterAnswer[]): readonly MembersDescription[] {
  return answers.flatMap(({ description }) =>
    typeof description === 'string' ? [] : [description],
  );
}
