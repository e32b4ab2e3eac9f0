/** `messor masters`: who keeps the registry and who leads; `add`, `remove` and `transfer` change that. */
import type { Command } from 'commander';
import type { DescribedMember } from '../../consensus/host-messages.ts';
import { ExitError } from '../exits.ts';
import { masterAddress } from '../flag-units.ts';
import {
  addConnectionOptions,
  type ConnectionOptions,
  optionsOf,
  readBy,
  withCluster,
} from './connection.ts';
import { changeMasters, describeMasters, type MembersWish } from './members.ts';
import { describeLoss, isLost, type MasterAnswer, quorumOf } from './quorum.ts';
import { renderTable } from './table.ts';

const HEADINGS = ['MASTER', 'ROLE', 'MEMBER', 'TERM', 'COMMITTED', 'APPLIED', 'BEHIND', 'STATE'];

export function addMasters(program: Command): void {
  const masters = addConnectionOptions(program.command('masters'))
    .description('show the masters, and who of them leads')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  messor masters --master a:5050,b:5050,c:5050\n  messor masters add d:5050\n' +
        '  messor masters remove a:5050\n  messor masters transfer b:5050',
    )
    .action(async (options: ConnectionOptions & { readonly json?: true }) => {
      await withCluster(options, async (_, node) => {
        const given = options.master.split(',');
        const answers = await describeMasters(node, given, options.answerTimeout);
        if (answers.every(({ description }) => typeof description === 'string')) {
          throw new ExitError('unreachable', String(answers[0]?.description));
        }
        const rows = [...rowsOf(answers)].sort(byMember);
        const quorum = quorumOf(answers);
        if (options.json) {
          const content = { masters: rows, ...(quorum !== undefined && { quorum }) };
          process.stdout.write(`${JSON.stringify(content, undefined, 2)}\n`);
          return;
        }
        process.stdout.write(renderTable(HEADINGS, rows.map(cells), 'No masters'));
        if (quorum !== undefined && isLost(quorum)) {
          process.stderr.write(`No master leads: ${describeLoss(quorum)}\n`);
        }
      });
    });
  change(masters, 'add', 'addMember', 'have one more master keep the registry and vote', [
    'Start it first, with --masters that name it and the others; it is added when it is there, and votes',
    'when it has all of the log. One that lost its disk is added again: it takes the place it had.',
  ]);
  change(masters, 'remove', 'removeMember', 'have a master belong to the others no longer', [
    'It ends by itself when it hears of it. Refused when the others could not decide without it.',
  ]);
  change(masters, 'transfer', 'transferTo', 'let this master lead', [
    'Agents and schedulers turn to it by themselves.',
  ]);
}

function change(
  masters: Command,
  name: string,
  wish: MembersWish,
  description: string,
  more: readonly string[],
): void {
  addConnectionOptions(masters.command(`${name} <HOST:PORT>`))
    .description(description)
    .addHelpText('after', `\n${more.join('\n')}\n\nExamples:\n  messor masters ${name} d:5050`)
    .action(async (text: string, _options: unknown, command: Command) => {
      const options = optionsOf<ConnectionOptions>(command);
      const wished = readBy(masterAddress, 'the master', text);
      await withCluster(options, async (_, node) => {
        const given = options.master.split(',');
        await changeMasters(node, given, options.answerTimeout, wish, wished);
        process.stdout.write(`${DONE[wish](wished)}\n`);
      });
    });
}

const DONE: Readonly<Record<MembersWish, (node: string) => string>> = {
  addMember: (node) => `${node} belongs to the masters; it votes when it has caught up`,
  removeMember: (node) => `${node} belongs to the masters no longer`,
  transferTo: (node) => `${node} is to lead`,
};

interface Row {
  readonly master: string;
  readonly role: 'leader' | 'follower' | 'learner' | 'removed' | 'seeking' | 'unknown';
  readonly memberId?: number;
  readonly term?: number;
  readonly committedIndex?: number;
  readonly appliedIndex?: number;
  /** Entries of the log that the leader knows it lacks. */
  readonly behindCount?: number;
  readonly state: string;
}

/** What the leader says of each, and each of itself. */
function rowsOf(answers: readonly MasterAnswer[]): readonly Row[] {
  const descriptions = answers.flatMap(({ description }) =>
    typeof description === 'string' ? [] : [description],
  );
  const leading = descriptions
    .filter(({ node, leader }) => node === leader)
    .sort((one, other) => other.term - one.term)[0];
  const newest = leading ?? descriptions.sort((one, other) => other.term - one.term)[0];
  return answers.map(({ node, description }): Row => {
    const member = newest?.members.find((one) => one.node === node);
    const known = {
      ...(member?.memberId === undefined ? {} : { memberId: member.memberId }),
      ...(leading === undefined || member?.matchIndex === undefined
        ? {}
        : { behindCount: Math.max(0, leading.committedIndex - member.matchIndex) }),
    };
    if (typeof description === 'string') {
      const role = member === undefined ? 'unknown' : roleOf(member);
      return { master: node, role, ...known, state: 'cannot be reached' };
    }
    const { term, committedIndex, appliedIndex, waitsFor } = description;
    if (waitsFor !== undefined) {
      // What the leader knows of it is of the log that it had.
      const { memberId } = known;
      const place = memberId === undefined ? {} : { memberId };
      return { master: node, role: 'seeking', ...place, state: waitsFor };
    }
    const facts = { master: node, ...known, term, committedIndex, appliedIndex };
    if (node === leading?.node) return { ...facts, role: 'leader', state: 'leads' };
    if (member === undefined)
      return { ...facts, role: 'removed', state: 'does not belong to them' };
    if (leading === undefined) return { ...facts, role: roleOf(member), state: 'no leader' };
    return { ...facts, role: roleOf(member), state: member.votes ? 'follows' : 'catches up' };
  });
}

function roleOf({ votes }: DescribedMember): 'follower' | 'learner' {
  return votes ? 'follower' : 'learner';
}

/** Those that belong to none stand last. */
function byMember(one: Row, other: Row): number {
  const [oneId = Number.MAX_SAFE_INTEGER, otherId = Number.MAX_SAFE_INTEGER] = [
    one.memberId,
    other.memberId,
  ];
  return oneId - otherId || (one.master < other.master ? -1 : 1);
}

function cells(row: Row): readonly string[] {
  const { master, role, memberId, term, committedIndex, appliedIndex, behindCount, state } = row;
  const numbers = [memberId, term, committedIndex, appliedIndex, behindCount];
  return [master, role, ...numbers.map((value) => (value === undefined ? '-' : `${value}`)), state];
}
