/**
 * What threads run: all that a module needs, in one file of JavaScript.
 *
 * Under tsx each thread finds and translates some 800 modules, and every function is given its name
 * by a call, each time that it is made. Without the first a batch begins some seconds of CPU time
 * earlier, without the second a seed costs 1 to 15 % less.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

/** Below the packages that are not in the file, and ignored by git. */
const BUILD = join(import.meta.dirname, '../../build');

const made = new Map<string, URL>();
let directory: string | undefined;

/** Of the sources as they are when it is asked for first; gone with this process. */
export function bundleOf(module: URL): URL {
  const there = made.get(module.href);
  if (there !== undefined) return there;
  const path = fileURLToPath(module);
  const outfile = join(directoryOfProcess(), `${made.size}-${basename(path, '.ts')}.mjs`);
  buildSync({
    entryPoints: [path],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
  const bundle = pathToFileURL(outfile);
  made.set(module.href, bundle);
  return bundle;
}

function directoryOfProcess(): string {
  if (directory !== undefined) return directory;
  mkdirSync(BUILD, { recursive: true });
  const fresh = mkdtempSync(join(BUILD, 'seeds-'));
  process.once('exit', () => rmSync(fresh, { recursive: true, force: true }));
  directory = fresh;
  return fresh;
}
