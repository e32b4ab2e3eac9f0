/**
 * A tripwire around the real outside: while a virtual world runs, nobody may ask the machine for the
 * time, for chance, or for a later turn, because the answer would differ from run to run.
 *
 * The globals are replaced only while the world's loop holds the thread, so that nothing else in the
 * process notices. nact alone is let through where it is harmless: it names its systems by chance
 * and leaves empty `afterStop` calls to `setImmediate`.
 */
const GUARDED = [
  [globalThis, 'setTimeout'],
  [globalThis, 'setInterval'],
  [globalThis, 'setImmediate'],
  [Date, 'now'],
  [Math, 'random'],
  [performance, 'now'],
] as const;

/** Files that may still use the real thing. */
const LET_THROUGH = /node_modules[/\\]nact[/\\]/;

/**
 * Runs `body` with the tripwire set.
 * @param onTrip hears the error as well as whoever tripped: a supervisor may swallow it
 */
export function withoutOutside<Result>(body: () => Result, onTrip: (error: Error) => void): Result {
  const restore = GUARDED.map(([holder, name]) => {
    const original = Object.getOwnPropertyDescriptor(holder, name) ?? inherited(holder, name);
    const real = original.value as (...values: unknown[]) => unknown;
    Object.defineProperty(holder, name, {
      ...original,
      value: (...values: unknown[]) => {
        const error = new Error(
          `Cannot use ${name} while a virtual world runs: ask the host for time, chance and turns`,
        );
        if (LET_THROUGH.test(error.stack ?? '')) return real.apply(holder, values);
        onTrip(error);
        throw error;
      },
    });
    return () => Object.defineProperty(holder, name, original);
  });
  try {
    return body();
  } finally {
    for (const undo of restore) undo();
  }
}

function inherited(holder: object, name: string): PropertyDescriptor {
  return {
    value: Reflect.get(holder, name),
    writable: true,
    configurable: true,
    enumerable: true,
  };
}
