/** What a master knows of a registry in an etcd, page by page, whatever happens between two pages. */
import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RegistryCopy } from '../../../../actors/master/registry/etcd-copy.ts';
import type { Page } from '../../../../actors/master/registry/etcd-questions.ts';
import { type Head, headOf } from '../../../../actors/master/registry/etcd-records.ts';
import { encodeOperations } from '../../../../actors/master/registry/operation-text.ts';
import { applyAll } from '../../../../actors/master/registry/operations.ts';
import { emptyRegistry, type Registry } from '../../../../actors/master/registry/registry.ts';
import {
  encodeSnapshot,
  registryFingerprint,
} from '../../../../actors/master/registry/snapshot.ts';
import { admit } from '../../../kit/registry-operations.ts';

test('an empty etcd has been read at once', () => {
  const copy = new RegistryCopy();
  equal(copy.take(undefined, new Kept().page(copy)), true);
  deepEqual(copy.registry, emptyRegistry());
});

test('the log is read on from where the last page ended', () => {
  const kept = new Kept();
  kept.append(30);
  const copy = new RegistryCopy();
  equal(copy.take(kept.head, kept.page(copy)), false);
  readAll(copy, kept);
  kept.append(1);
  readAll(copy, kept);
  equal(registryFingerprint(copy.registry), registryFingerprint(kept.registry));
  equal(copy.nextIndex, 32);
});

test('who is behind a snapshot reads it, and the log after it', () => {
  const kept = new Kept();
  const copy = new RegistryCopy();
  kept.append(2);
  readAll(copy, kept);
  kept.append(5);
  kept.save();
  kept.append(2);
  readAll(copy, kept);
  equal(registryFingerprint(copy.registry), registryFingerprint(kept.registry));
});

test('a snapshot that is replaced while it is read is left', () => {
  const kept = new Kept();
  kept.append(5, 400);
  kept.save();
  const copy = new RegistryCopy();
  copy.take(kept.head, kept.page(copy));
  equal(copy.wanted.kind, 'snapshot');
  const late = kept.page(copy);
  kept.append(5, 400);
  kept.save();
  copy.take(kept.head, late);
  readAll(copy, kept);
  equal(registryFingerprint(copy.registry), registryFingerprint(kept.registry));
});

test('whatever is appended and saved between two pages, what is read in the end is what is kept', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.constant('append' as const) },
    { weight: 1, arbitrary: fc.constant('save' as const) },
    { weight: 4, arbitrary: fc.constant('take' as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const kept = new Kept();
      const copy = new RegistryCopy();
      for (const one of steps) {
        if (one === 'append') kept.append(1);
        else if (one === 'save') kept.save();
        else copy.take(kept.head, kept.page(copy));
      }
      readAll(copy, kept);
      equal(registryFingerprint(copy.registry), registryFingerprint(kept.registry));
    }),
    { numRuns: 200, seed: 1 },
  );
});

test('what is missing is never passed over', () => {
  const missing = (change: (kept: Kept) => void, sentence: RegExp) => {
    const kept = new Kept();
    kept.append(3, 300);
    const copy = new RegistryCopy();
    readAll(copy, kept);
    kept.append(3, 300);
    change(kept);
    throws(() => readAll(copy, kept), sentence);
  };
  missing((kept) => kept.log.delete(4), /entry 4 of its log is missing/);
  missing((kept) => kept.log.delete(5), /entry 5 of its log is missing/);
  missing((kept) => {
    kept.save();
    kept.pieces.delete(0);
  }, /piece 0 of its snapshot is missing/);
  missing((kept) => {
    kept.head = undefined;
  }, /somebody has removed it/);
});

test('a log is worth a snapshot when it is as long as the last one', () => {
  const copy = new RegistryCopy();
  const head = headOf('test', { snapshotIndex: 0, pieceCount: 0, bytes: 0 });
  copy.keep([admit('a')], 5000, head);
  ok(copy.isLong(5000));
  ok(!copy.isLong(50_000));
  copy.saved(headOf('test', { snapshotIndex: 1, pieceCount: 1, bytes: 20_000 }));
  copy.keep([admit('b')], 5000, head);
  ok(!copy.isLong(5000));
  for (let round = 0; round < 3; round++) copy.keep([admit(`c${round}`)], 5000, head);
  ok(copy.isLong(5000));
});

/** A registry as it stands in an etcd. */
class Kept {
  head: Head | undefined;
  readonly log = new Map<number, Uint8Array>();
  readonly pieces = new Map<number, Uint8Array>();
  readonly registry: Registry = emptyRegistry();
  #lastIndex = 0;

  append(count: number, operationCount = 1): void {
    this.head ??= headOf('test', { snapshotIndex: 0, pieceCount: 0, bytes: 0 });
    for (let index = 0; index < count; index++) {
      const number = ++this.#lastIndex;
      const operations = Array.from({ length: operationCount }, (_, at) =>
        admit(`a${number}-${at}`),
      );
      applyAll(this.registry, operations);
      this.log.set(number, encodeOperations(operations));
    }
  }

  save(): void {
    const snapshotIndex = this.#lastIndex;
    if (snapshotIndex === 0) return;
    this.pieces.clear();
    let bytes = 0;
    for (const piece of encodeSnapshot(this.registry)) {
      this.pieces.set(this.pieces.size, piece);
      bytes += piece.length;
    }
    this.head = headOf('test', { snapshotIndex, pieceCount: this.pieces.size, bytes });
    for (const index of this.log.keys()) if (index <= snapshotIndex) this.log.delete(index);
  }

  page({ wanted }: RegistryCopy): Page {
    if (wanted.kind === 'nothing') return { wanted, parts: [], more: false };
    const isOfLog = wanted.kind === 'log';
    const from = isOfLog ? wanted.fromIndex : wanted.fromPiece;
    const isThere = isOfLog || wanted.index === this.head?.snapshotIndex;
    const all = [...(isThere ? (isOfLog ? this.log : this.pieces) : [])]
      .filter(([number]) => number >= from)
      .map(([number, data]) => ({ number, data }));
    return { wanted, parts: all.slice(0, wanted.count), more: all.length > wanted.count };
  }
}

function readAll(copy: RegistryCopy, kept: Kept): void {
  for (let round = 0; round < 1000; round++) {
    if (copy.take(kept.head, kept.page(copy))) return;
  }
  throw new Error('It has never read all');
}
