/** What the bench and its processes say to each other, over the channel that Node opens between them. */

/** From the bench; each is answered by one `Figures`. */
export type Order =
  /** Figures count from here. */
  { readonly type: 'begin' } | { readonly type: 'figures' };

/** From a process: first that it is ready, then for each order how things are. */
export interface Figures {
  readonly node?: string;
  readonly [figure: string]: number | string | undefined;
}

/** In a process: says that it is ready, and answers orders until the bench is gone. */
export function answerOrders(
  ready: Figures,
  figures: () => Figures,
  begin: () => void = () => {},
): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (order: Order) => {
    if (order.type === 'begin') begin();
    process.send?.(figures());
  });
  process.send?.(ready);
}
