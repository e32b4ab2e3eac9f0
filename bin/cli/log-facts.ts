/** What an inspection of a log found, for people and as JSON. */
import type { HardState, Membership } from '../../consensus/entry.ts';
import { segmentName } from '../../consensus/file-names.ts';
import type {
  IndexedChange,
  InspectedGroup,
  LogInspection,
  LogProblem,
} from '../../consensus/inspect-log.ts';
import { counted, fromMebiMilli } from './quantities.ts';
import { renderFacts, renderTable } from './table.ts';

export type Facts = readonly (readonly [name: string, value: string])[];

export function inspectionText(found: LogInspection, sizeBytes: number): string {
  const { path, identity, usedBy, groups, snapshots, segments } = found;
  const parts = [
    renderFacts([
      ['Directory', path],
      ['Cluster', identity?.clusterId ?? 'unknown'],
      ['Member', identity === undefined ? 'unknown' : String(identity.memberId)],
      ['In use', usedBy === undefined ? 'no' : `by the process ${usedBy}; it may change`],
      ['State', stateOf(found)],
      ['Size', sizeText(sizeBytes)],
    ]),
    ...groups.map((group) => renderFacts(groupFacts(group))),
    renderTable(
      ['SEGMENT', 'FRAMES', 'FROM', 'TO', 'USED'],
      segments.map(({ segment, frameCount, firstSequence, lastSequence, usedBytes }) => [
        segmentName(segment),
        ...[frameCount, firstSequence, lastSequence].map(String),
        sizeText(usedBytes),
      ]),
      'No segments',
    ),
    renderTable(
      ['SNAPSHOT', 'INDEX', 'TERM', 'SIZE', 'STATE'],
      snapshots.map(({ file, index, term, totalBytes, state }) => [
        ...[file, String(index), String(term), sizeText(totalBytes), state],
      ]),
      'No snapshots',
    ),
  ];
  return parts.join('\n');
}

function stateOf({ problems }: LogInspection): string {
  return problems.length === 0
    ? 'nothing wrong'
    : `${counted(problems.length, 'problem')}; messor log verify says more`;
}

function groupFacts(group: InspectedGroup): Facts {
  const { firstIndex, lastIndex, lastTerm, mark, hardState, membership, comingChanges } = group;
  const count = Math.max(0, lastIndex - firstIndex + 1);
  const entries = count === 0 ? `none; the last was ${lastIndex}` : `${firstIndex} to ${lastIndex}`;
  return [
    ['Group', group.group],
    ['Entries', `${entries}, of term ${lastTerm}`],
    ['Snapshot', mark.index === 0 ? 'none' : `up to ${mark.index}, of term ${mark.term}`],
    ['Committed', `${hardState.committedIndex}; more may be, of which others know`],
    ['Term', termText(hardState)],
    ...membersFacts(membership),
    ...comingChanges.map((change) => ['Not committed', changeText(change)] as const),
  ];
}

function termText({ term, vote }: HardState): string {
  return vote === 0 ? String(term) : `${term}, in which it voted for member ${vote}`;
}

function membersFacts({ voters, votersOutgoing, learners, addresses }: Membership): Facts {
  const all = [...new Set([...voters, ...votersOutgoing, ...learners])].sort(
    (one, other) => one - other,
  );
  return all.map((memberId) => {
    const isVoter = voters.includes(memberId);
    const role = learners.includes(memberId)
      ? 'learns'
      : votersOutgoing.length === 0
        ? 'votes'
        : isVoter
          ? 'votes from now on'
          : 'votes until the change is done';
    return [`Member ${memberId}`, `${addresses[String(memberId)] ?? 'nowhere'}, ${role}`];
  });
}

function changeText({ index, change }: IndexedChange): string {
  const steps = change.steps.map(({ type, memberId }) => `${STEPS[type]} ${memberId}`);
  return `entry ${index}: ${steps.length === 0 ? 'end the change' : steps.join(', ')}`;
}

const STEPS = {
  addVoter: 'let vote member',
  addLearner: 'add as learner member',
  removeMember: 'remove member',
} as const;

function sizeText(bytes: number): string {
  return bytes < 2 ** 20
    ? `${Math.ceil(bytes / 1024)}KB`
    : fromMebiMilli(Math.round((bytes * 1000) / 2 ** 20));
}

const START_ANEW =
  'start this master on an empty one and have it added again with messor masters add; or, when more ' +
  'than half of the masters are lost, save what is sound with messor log dump --sound';

/** What to do about each. */
export const ADVICE: Readonly<Record<LogProblem['kind'], string>> = {
  torn: 'nothing to do: the next start cuts it off, and nobody was told that it was written',
  spare: 'remove the file: nothing needs it, and the next snapshots are new ones',
  corrupt: `leave the directory as it is; ${START_ANEW}`,
  tooNew: 'start the newer messor that wrote it, or a newer one',
  quarantined: `a master found this once, and none starts on it any more; ${START_ANEW}`,
};
