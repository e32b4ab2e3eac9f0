/** Fetching on a real machine: files, web servers, archives, and a directory for the cache. */
import { appendFile, chmod, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type CopyLimits, copyTo } from './copying.ts';
import type { Delivery, Fetching, Transfer } from './fetching.ts';
import { makeParents } from './unpacked-tree.ts';
import { unpack } from './unpacking.ts';

export interface RealFetchingOptions {
  readonly cacheDirectory: string;
  /** Of one file, as it comes. */
  readonly fileBytesMax: number;
  /** Of all that is in one archive. */
  readonly unpackedBytesMax: number;
}

/** As the fetcher names them. In a directory that others use, too, nothing else is touched. */
const CACHED = /^c\d+-/;

export function realFetching(options: RealFetchingOptions): Fetching {
  const { cacheDirectory, fileBytesMax, unpackedBytesMax } = options;
  const lines = sandboxLines();
  return {
    async prepareCache() {
      await mkdir(cacheDirectory, { recursive: true, mode: 0o700 });
      const left = (await readdir(cacheDirectory)).filter((name) => CACHED.test(name));
      for (const name of left) await rm(join(cacheDirectory, name), { force: true });
    },
    fillCache: (source, file) =>
      transfer(fileBytesMax, (limits) => copyTo(source, join(cacheDirectory, file), limits)),
    dropCached(file) {
      rm(join(cacheDirectory, file), { force: true }).catch(() => {});
    },
    deliver: (delivery) =>
      transfer(fileBytesMax, async (limits, isUnpacking) => {
        const { sandbox, name, before, after, archive, executable, from } = delivery;
        await lines.tell(sandbox, before);
        const path = join(sandbox, name);
        const cached = from.kind === 'cached' ? join(cacheDirectory, from.file) : undefined;
        await makeParents(sandbox, name);
        const sizeBytes = await place(delivery, path, cached, limits);
        if (executable) await chmod(path, 0o755);
        if (archive !== undefined) {
          isUnpacking();
          const what = { kind: archive, name, sandbox };
          await unpack(cached ?? path, what, { ...limits, bytesMax: unpackedBytesMax });
        }
        await lines.tell(sandbox, after);
        return sizeBytes;
      }),
    tell: (sandbox, line) => void lines.tell(sandbox, line),
  };
}

/** The file itself; an archive in the cache is unpacked from there. */
async function place(
  { from, archive }: Delivery,
  path: string,
  cached: string | undefined,
  limits: CopyLimits,
): Promise<number> {
  if (from.kind !== 'cached') return copyTo(from, path, limits);
  if (cached === undefined) return 0;
  if (archive === undefined) return copyTo({ kind: 'file', path: cached }, path, limits);
  const { size } = await stat(cached);
  return size;
}

function transfer(
  bytesMax: number,
  run: (limits: CopyLimits, isUnpacking: () => void) => Promise<number>,
): Transfer {
  const controller = new AbortController();
  let bytes = 0;
  let unpacking = false;
  const limits: CopyLimits = {
    bytesMax,
    signal: controller.signal,
    onBytes: (count) => {
      bytes += count;
    },
  };
  return {
    done: run(limits, () => {
      unpacking = true;
    }),
    progress: () => (unpacking ? undefined : bytes),
    cancel: () => controller.abort(new Error('it was cancelled')),
  };
}

/** One after the other, as they were said. */
function sandboxLines() {
  const last = new Map<string, Promise<void>>();
  return {
    tell(sandbox: string, line: string): Promise<void> {
      const told = (last.get(sandbox) ?? Promise.resolve())
        .then(() => appendFile(join(sandbox, 'stderr'), `messor: ${line}\n`))
        .catch(() => {})
        .finally(() => {
          if (last.get(sandbox) === told) last.delete(sandbox);
        });
      last.set(sandbox, told);
      return told;
    },
  };
}
