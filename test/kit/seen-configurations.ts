/**
 * The configurations a search has been in: which operations had happened, and in which state that left
 * the object. From the same configuration there is nothing new to find, by whichever way it was reached.
 *
 * Found by a hash, but compared in full: a wrong match would make a good history an illegal one.
 */
export interface Configuration<State> {
  /** Of the operations that have happened and of the state. */
  readonly hash: number;
  /** The set of those operations, in a form that is the same for the same set. */
  readonly happened: Uint32Array;
  readonly state: State;
}

export class SeenConfigurations<State> {
  readonly #same: (one: State, other: State) => boolean;
  readonly #byHash = new Map<number, Configuration<State> | Configuration<State>[]>();

  constructor(same: (one: State, other: State) => boolean) {
    this.#same = same;
  }

  /** @returns false where it was there already */
  add(configuration: Configuration<State>): boolean {
    const { hash } = configuration;
    const found = this.#byHash.get(hash);
    if (found === undefined) {
      this.#byHash.set(hash, configuration);
      return true;
    }
    const candidates = Array.isArray(found) ? found : [found];
    if (candidates.some((candidate) => this.#isSame(candidate, configuration))) return false;
    if (Array.isArray(found)) found.push(configuration);
    else this.#byHash.set(hash, [found, configuration]);
    return true;
  }

  clear(): void {
    this.#byHash.clear();
  }

  #isSame(one: Configuration<State>, other: Configuration<State>): boolean {
    return (
      one.happened.length === other.happened.length &&
      one.happened.every((word, index) => word === other.happened[index]) &&
      this.#same(one.state, other.state)
    );
  }
}
