/** For our own mistakes only: a broken assertion ends the actor and its supervisor decides. Never for input. */
export function assert(condition: unknown, claim: string): asserts condition {
  if (!condition) throw new AssertionError(claim);
}

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
  constructor(claim: string) {
    super(`Broken invariant: ${claim}`);
  }
}
