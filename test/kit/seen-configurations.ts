/**
 * The configurations a search has been in: which answered operations had happened, in which state that
 * left the object, and which unanswered ones had been used for it. From the same configuration there is
 * nothing new to find, by whichever way it was reached; nor from one that used more of the unanswered
 * ones, because these need not happen, and those that are left may be wanted.
 *
 * Found by a hash, but compared in full: a wrong match would make a good history an illegal one.
 */
export interface Configuration<State> {
  /** Of the answered operations that have happened, and of the state. */
  readonly hash: number;
  /** The set of those operations, in a form that is the same for the same set. */
  readonly happened: Uint32Array;
  readonly state: State;
  /** The set of unanswered operations that were used, as bits. */
  readonly used: Uint32Array;
}

interface Seen<State> {
  readonly happened: Uint32Array;
  readonly state: State;
  /** None of these sets contains another. */
  used: Uint32Array[];
}

export class SeenConfigurations<State> {
  readonly #same: (one: State, other: State) => boolean;
  readonly #byHash = new Map<number, Seen<State>[]>();

  constructor(same: (one: State, other: State) => boolean) {
    this.#same = same;
  }

  /** @returns false where nothing new can be found from here */
  add({ hash, happened, state, used }: Configuration<State>): boolean {
    const candidates = this.#byHash.get(hash);
    const seen = candidates?.find(
      (candidate) => isSame(candidate.happened, happened) && this.#same(candidate.state, state),
    );
    if (seen !== undefined) {
      if (seen.used.some((other) => isSubset(other, used))) return false;
      seen.used = seen.used.filter((other) => !isSubset(used, other));
      seen.used.push(used);
    } else if (candidates !== undefined) {
      candidates.push({ happened, state, used: [used] });
    } else {
      this.#byHash.set(hash, [{ happened, state, used: [used] }]);
    }
    return true;
  }

  clear(): void {
    this.#byHash.clear();
  }
}

function isSame(one: Uint32Array, other: Uint32Array): boolean {
  return one.length === other.length && one.every((word, index) => word === other[index]);
}

function isSubset(one: Uint32Array, other: Uint32Array): boolean {
  return one.every((word, index) => (word & ~(other[index] ?? 0)) === 0);
}
