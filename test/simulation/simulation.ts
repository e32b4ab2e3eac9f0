/** What all simulations have in common: a seed goes in, what came of it comes out. */
import type { VirtualWorld } from '../kit/virtual-world.ts';

/** What a person or a test asks for; what is missing is drawn, or the scenario's default. */
export interface SeedRun {
  readonly seed: string;
  /** Instead of a random subset. */
  readonly faults?: readonly string[];
  readonly masterCount?: number;
  /** Where looking is dear: only after so many steps. */
  readonly checkIntervalSteps?: number;
  /** How many of the last lines of the trace are kept. */
  readonly traceLineCountMax?: number;
}

export interface SeedOutcome {
  readonly seed: string;
  /** Sizes and faults, as they were drawn or asked for. */
  readonly drawn: readonly string[];
  /** What happened, by what it is called. */
  readonly counts: Readonly<Record<string, number>>;
  readonly stepCount: number;
  readonly elapsedMs: number;
  readonly fingerprint: string;
  /** What broke, as sentences; empty when all is well. */
  readonly broken: readonly string[];
  readonly trace: readonly string[];
  readonly log: readonly string[];
}

/** What of an outcome is worth the journey between threads. */
export type ShortOutcome = Omit<SeedOutcome, 'trace' | 'log'>;

export const TRACE_LINE_COUNT_MAX = 2000;

/** What a scenario's module exports as `simulation`. */
export interface Simulation {
  run(run: SeedRun): Promise<SeedOutcome>;
}

/** @returns the faults as this simulation knows them; throws a sentence that names what there is */
export function knownFaults<Fault extends string>(
  known: readonly Fault[],
  asked: readonly string[] | undefined,
): readonly Fault[] | undefined {
  return asked?.map((text) => {
    const found = known.find((kind) => kind === text);
    if (found !== undefined) return found;
    throw new RangeError(`There is no fault "${text}": choose from ${known.join(', ')}`);
  });
}

/** What a world can tell of itself when it is over. */
export function storyOf(
  world: VirtualWorld,
): Pick<SeedOutcome, 'stepCount' | 'elapsedMs' | 'fingerprint' | 'trace' | 'log'> {
  const beganMs = world.nowMs() - world.elapsedMs();
  return {
    stepCount: world.stepCount(),
    elapsedMs: world.elapsedMs(),
    fingerprint: world.trace.fingerprint(),
    trace: world.trace.lines(),
    log: world.logged.map(
      ({ atMs, level, source, text }) =>
        `${((atMs - beganMs) / 1000).toFixed(6)} ${level} ${source} ${text}`,
    ),
  };
}

/** An error and what led to it, with the innermost stack. */
export function sentencesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  if (error.cause !== undefined) return [error.message, ...sentencesOf(error.cause)];
  return [error.stack ?? error.message];
}
