/**
 * How a run is told while it goes on: a bar on a terminal, lines elsewhere, nothing for `--json`;
 * and its outcome at the end. Shows what it hears and decides nothing.
 */
import progress from 'cli-progress';
import type { BatchEvent } from '../../actors/framework/batch/batch.ts';
import type { BatchCounts, BatchJob } from '../../actors/framework/batch/job.ts';
import { formatResources } from '../../actors/protocol/resources.ts';
import type { TaskStatus } from '../../actors/protocol/task.ts';
import type { BatchEnded } from '../batch-run.ts';
import { colorsFor } from '../colors.ts';
import { counted } from './quantities.ts';
import { printable } from './table.ts';
import { stateName } from './views.ts';

interface Copy {
  readonly taskId: string;
  readonly index: number;
  readonly agentId: string;
  readonly hostname: string;
  status: TaskStatus | undefined;
}

/** So many failures are told one by one at the end. */
const FAILURE_COUNT_MAX = 10;

/** Without a bar: a line for each change of a task, for each tenth of the job, or none at all. */
export type ProgressLines = 'tasks' | 'tenths' | 'none';

export class RunProgress {
  private readonly job: BatchJob;
  private readonly master: string;
  private readonly lines: ProgressLines;
  private readonly bars: progress.MultiBar | undefined;
  private readonly bar: progress.SingleBar | undefined;
  /** The newest try of each copy, by index. */
  private readonly copies = new Map<number, Copy>();
  private frameworkId = '';
  private lastStarvation = '';
  private lastTenth = 0;

  constructor(job: BatchJob, master: string, lines: ProgressLines) {
    this.job = job;
    this.master = master;
    this.lines = lines;
    if (lines === 'none' || process.stderr.isTTY !== true) return;
    this.bars = new progress.MultiBar({
      format: '{bar} {value}/{total}  {running} running  {failed} failed  {duration_formatted}',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 30,
      hideCursor: true,
      stream: process.stderr,
      linewrap: false,
      gracefulExit: false,
    });
    this.bar = this.bars.create(job.count, 0, { running: 0, failed: 0 });
  }

  /** A sentence beside the progress. */
  tell(sentence: string): void {
    if (this.bars === undefined) process.stderr.write(`${sentence}\n`);
    else this.bars.log(`${sentence}\n`);
  }

  note(event: BatchEvent): void {
    if (event.type === 'batchSubscribed') {
      this.frameworkId = event.frameworkId;
      const what = `Running ${counted(this.job.count, 'task')} as framework ${event.frameworkId}`;
      if (event.again) this.tell('The master is back');
      else if (this.lines === 'tasks') this.line(what);
    } else if (event.type === 'batchDisconnected') {
      this.tell(`Lost the master: ${event.reason}; the tasks go on, waiting for it`);
    } else if (event.type === 'batchLaunched') {
      for (const { index, ...launch } of event.tasks) {
        this.copies.set(index, { index, ...launch, status: undefined });
      }
      this.show(event.counts);
    } else if (event.type === 'batchUpdated') {
      this.noteStatus(event.index, event.status, event.again);
      this.show(event.counts);
    } else if (event.type === 'batchStarved') {
      this.noteStarvation(event);
    }
  }

  /** The outcome; after the bar is gone. */
  finish({ verdict, counts }: BatchEnded): void {
    this.close();
    const copies = [...this.copies.values()].sort((one, other) => one.index - other.index);
    if (this.lines === 'none') {
      const tasks = copies.map(copyJson);
      const outcome = { frameworkId: this.frameworkId, verdict, counts, tasks };
      process.stdout.write(`${JSON.stringify(outcome, undefined, 2)}\n`);
      return;
    }
    const bad = copies.filter(({ status }) => status !== undefined && isBad(status));
    const { red, green } = colorsFor(process.stdout);
    for (const copy of bad.slice(0, FAILURE_COUNT_MAX)) {
      process.stdout.write(`${red(failureLine(copy))}\n`);
    }
    if (bad.length > FAILURE_COUNT_MAX) {
      process.stdout.write(`and ${bad.length - FAILURE_COUNT_MAX} more\n`);
    }
    const color = verdict === 'finished' ? green : red;
    process.stdout.write(`${color(summary(counts))}\n`);
    const shown = (bad[0] ?? copies[0])?.taskId;
    if (shown !== undefined) {
      const stderr = bad.length > 0 ? ' --stderr' : '';
      process.stdout.write(`Output: messor logs --master ${this.master}${stderr} ${shown}\n`);
    }
  }

  /** Puts the terminal in order again. */
  close(): void {
    // Stopping twice would move the cursor up.
    if (this.bars?.isActive) this.bars.stop();
  }

  private noteStatus(index: number, status: TaskStatus, again: boolean): void {
    const copy = this.copies.get(index);
    if (copy !== undefined) copy.status = status;
    const { taskId, state, message } = status;
    const where = state === 'running' ? ` on ${copy?.hostname ?? 'an agent'}` : '';
    // Of what went well there is nothing more to say.
    const said = message === undefined || !isBad(status) ? '' : `: ${printable(message)}`;
    const advice = again ? '; it is run again' : '';
    const sentence = `${taskId} ${stateName(state)}${where}${said}${advice}`;
    if (again) this.tell(sentence);
    else if (this.lines === 'tasks' || isBad(status)) this.line(sentence);
  }

  private noteStarvation({
    needed,
    offered,
  }: Extract<BatchEvent, { readonly type: 'batchStarved' }>): void {
    const offers = offered.map(
      ({ hostname, resources }) => `${hostname} has ${formatResources(resources)} free`,
    );
    const sentence = `No agent has room for a task that needs ${formatResources(needed)}: ${offers.join(', ')}; waiting`;
    if (sentence === this.lastStarvation) return;
    this.lastStarvation = sentence;
    this.tell(sentence);
  }

  private show({ finished, failed, killed, lost, running }: BatchCounts): void {
    const over = finished + failed + killed + lost;
    this.bar?.update(over, { running, failed: failed + lost });
    const tenth = Math.floor((over * 10) / this.job.count);
    if (this.lines === 'tenths' && tenth > this.lastTenth) {
      this.line(`${over} of ${this.job.count} tasks are over, ${running} are running`);
    }
    this.lastTenth = tenth;
  }

  /** Only where there is no bar. */
  private line(text: string): void {
    if (this.lines !== 'none' && this.bars === undefined) process.stdout.write(`${text}\n`);
  }
}

/** `18 finished, 2 failed` */
function summary(counts: BatchCounts): string {
  const phases = [
    'finished',
    'failed',
    'killed',
    'lost',
    'running',
    'launched',
    'waiting',
  ] as const;
  return phases
    .filter((phase) => counts[phase] > 0)
    .map((phase) => `${counts[phase]} ${phase}`)
    .join(', ');
}

function isBad({ state }: TaskStatus): boolean {
  return state !== 'finished' && state !== 'running' && state !== 'starting' && state !== 'killed';
}

function failureLine({ taskId, hostname, status }: Copy): string {
  const said = status?.message === undefined ? '' : `: ${printable(status.message)}`;
  return `${taskId} on ${hostname} ${stateName(status?.state ?? 'unknown')}${said}`;
}

function copyJson({ taskId, index, agentId, hostname, status }: Copy): object {
  const { state, message, exitCode, signal } = status ?? {};
  return {
    id: taskId,
    index,
    agentId,
    hostname,
    state: state ?? 'staging',
    ...(message !== undefined && { message }),
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
  };
}
