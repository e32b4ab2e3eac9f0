/** Something that must hold does not: which check says so, and what it saw. */
export type Check =
  | 'election safety'
  | 'one vote per term'
  | 'log matching'
  | 'leader completeness'
  | 'state-machine safety'
  | 'applied only what is committed'
  | 'commit index'
  | 'membership'
  | 'durability'
  | 'promise before it is durable'
  | 'acknowledged operations'
  | 'linearizability'
  | 'liveness';

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly check: Check;
  constructor(check: Check, sentence: string) {
    super(`${check}: ${sentence}`);
    this.check = check;
  }
}

export function holds(condition: boolean, check: Check, sentence: () => string): void {
  if (!condition) throw new Violation(check, sentence());
}
