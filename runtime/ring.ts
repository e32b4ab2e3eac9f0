/** A first-in-first-out queue over a ring that doubles when it is full. */
export class Ring<Item> {
  private slots: (Item | undefined)[] = new Array<Item | undefined>(64).fill(undefined);
  private head = 0;
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(item: Item): void {
    if (this.count === this.slots.length) this.grow();
    this.slots[(this.head + this.count++) & (this.slots.length - 1)] = item;
  }

  shift(): Item | undefined {
    if (this.count === 0) return undefined;
    const item = this.slots[this.head];
    this.slots[this.head] = undefined;
    this.head = (this.head + 1) & (this.slots.length - 1);
    this.count--;
    return item;
  }

  /** Takes out the item `index` places behind the oldest; the oldest moves into its place. */
  take(index: number): Item | undefined {
    const mask = this.slots.length - 1;
    const at = (this.head + index) & mask;
    const item = this.slots[at];
    this.slots[at] = this.slots[this.head];
    this.slots[this.head] = item;
    return this.shift();
  }

  private grow(): void {
    const { length } = this.slots;
    const slots = new Array<Item | undefined>(length * 2).fill(undefined);
    for (let index = 0; index < length; index++) {
      slots[index] = this.slots[(this.head + index) & (length - 1)];
    }
    this.slots = slots;
    this.head = 0;
  }
}
