/** Which Messor this is and where it lies, by its package manifest. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The sources lie one directory below the manifest, what is built from them two. */
const CANDIDATES = [new URL('../', import.meta.url), new URL('../../', import.meta.url)];

interface Manifest {
  readonly name?: unknown;
  readonly version?: unknown;
}

const found = CANDIDATES.map((directory) => ({
  directory,
  manifest: readManifest(directory),
})).find(({ manifest }) => manifest?.name === 'messor');

export const VERSION: string =
  typeof found?.manifest?.version === 'string' ? found.manifest.version : 'unknown';

/** The package's directory. */
export const PACKAGE_ROOT: string = fileURLToPath(
  found?.directory ?? new URL('.', import.meta.url),
);

function readManifest(directory: URL): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(new URL('package.json', directory), 'utf8')) as Manifest;
  } catch {
    return undefined;
  }
}
