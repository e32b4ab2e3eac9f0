/** The handlers of a definition, looked up by message type and shared by all its actors on a node. */
import type { Tagged } from './actor.ts';
import type { AnyDefinition } from './cell.ts';

type Handle = (state: unknown, message: Tagged, context: unknown) => unknown;

export class HandlerEntry {
  readonly type: string;
  /** A small number for the flight recorder: equal types have equal numbers. */
  readonly index: number;
  readonly handle: Handle;
  /** How many of its turns in a row were quick; see `dispatcher.ts`. */
  quickCount = 0;
  /** Its turns need no timing as long as this is the dispatcher's era. */
  trustedInEra = 0;
  /** It returned a promise before, and that was said. */
  promiseLogged = false;

  constructor(type: string, index: number, handle: Handle) {
    this.type = type;
    this.index = index;
    this.handle = handle;
  }
}

export class HandlerTable {
  /** Never matches a message: where a cell's memory of its last handler begins. */
  readonly first: HandlerEntry;
  private readonly entries = new Map<string, HandlerEntry>();

  constructor(definition: AnyDefinition, indexOf: (type: string) => number) {
    this.first = new HandlerEntry('', 0, () => undefined);
    for (const [type, handle] of Object.entries(definition.handlers)) {
      this.entries.set(type, new HandlerEntry(type, indexOf(type), handle as Handle));
    }
  }

  find(type: string): HandlerEntry | undefined {
    return this.entries.get(type);
  }
}

export class HandlerTables {
  private readonly tables = new WeakMap<AnyDefinition, HandlerTable>();
  private readonly indexes = new Map<string, number>();
  private readonly types: string[] = [];

  of(definition: AnyDefinition): HandlerTable {
    let table = this.tables.get(definition);
    if (table === undefined) {
      table = new HandlerTable(definition, (type) => this.indexOf(type));
      this.tables.set(definition, table);
    }
    return table;
  }

  typeAt(index: number): string | undefined {
    return this.types[index];
  }

  private indexOf(type: string): number {
    let index = this.indexes.get(type);
    if (index === undefined) {
      index = this.types.push(type) - 1;
      this.indexes.set(type, index);
    }
    return index;
  }
}
