/**
 * One system alone, under a clock that a test moves: for the runtime itself. Nothing happens until
 * `run` or `advance` is called, and then everything that is due, in order, before they return.
 */
import type { Tagged } from '../../runtime/actor.ts';
import type { Carrier, Host } from '../../runtime/host.ts';
import type { LogRecord } from '../../runtime/log.ts';
import { createSystem, type System, type SystemOptions } from '../../runtime/system.ts';

export const LONE_NODE = 'here:1';

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

export interface LoneSystem {
  readonly system: System;
  readonly logged: readonly LogRecord[];
  /** What was logged since the last call, as `level text`. */
  takeLogged(): string[];
  nowMs(): number;
  /** Every turn that is due now, and those that they make due. */
  run(): void;
  /** Lets time pass; timers fire in order, each at its own time. */
  advance(durationMs: number): void;
  /** Timers that the host was asked for and that neither fired nor were cancelled. */
  openTimerCount(): number;
  /** The dead letters since the last call, as `reason type`. */
  takeDead(): string[];
  /** Time that passes inside a turn. */
  pass(durationMs: number): void;
}

export function loneSystem(
  options: Partial<Omit<SystemOptions, 'host' | 'carrier'>> & { readonly carrier?: Carrier } = {},
): LoneSystem {
  let nowMs = 0;
  let seed = 1;
  let turns: (() => void)[] = [];
  let timers: Timer[] = [];
  const logged: LogRecord[] = [];
  let loggedCount = 0;
  let deadCount = 0;
  const host: Host = {
    nowMs: () => nowMs,
    random: () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return seed / 0x80000000;
    },
    setTimer(delayMs, callback) {
      const timer = { atMs: nowMs + Math.max(0, delayMs), callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    schedule: (turn) => void turns.push(turn),
    logSink: (record) => void logged.push(record),
  };
  const system = createSystem({ node: LONE_NODE, incarnation: 100, host, ...options });

  const run = () => {
    while (turns.length > 0) {
      const due = turns;
      turns = [];
      for (const turn of due) turn();
    }
  };
  const advance = (durationMs: number) => {
    run();
    const endMs = nowMs + durationMs;
    for (;;) {
      const [next] = timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      timers = timers.filter((timer) => timer !== next);
      nowMs = Math.max(nowMs, next.atMs);
      next.callback();
      run();
    }
    nowMs = endMs;
  };
  run();
  return {
    system,
    logged,
    run,
    advance,
    nowMs: () => nowMs,
    openTimerCount: () => timers.length,
    takeLogged() {
      const texts = logged.slice(loggedCount).map(({ level, text }) => `${level} ${text}`);
      loggedCount = logged.length;
      return texts;
    },
    takeDead() {
      const letters = system.deadLetters().slice(deadCount);
      deadCount += letters.length;
      return letters.map(({ reason, message }) => `${reason} ${(message as Tagged).type}`);
    },
    pass: (durationMs) => {
      nowMs += durationMs;
    },
  };
}
