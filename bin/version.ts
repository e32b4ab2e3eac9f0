/** Which Messor this is: the version in the package's manifest, wherever we run from. */
import { readFileSync } from 'node:fs';

const MANIFESTS = ['../package.json', '../../package.json'];

export const VERSION: string = readVersion();

function readVersion(): string {
  for (const manifest of MANIFESTS) {
    try {
      const { name, version } = JSON.parse(
        readFileSync(new URL(manifest, import.meta.url), 'utf8'),
      ) as { name?: unknown; version?: unknown };
      if (name === 'messor' && typeof version === 'string') return version;
    } catch {
      // The sources lie one directory below the manifest, what is built from them two.
    }
  }
  return 'unknown';
}
