/**
 * The target of a request, taken apart: path decoded and normalised exactly once, query as it came.
 *
 * What could mean two things is refused rather than guessed, because whoever stands before us (a proxy,
 * a firewall) may have guessed otherwise: `.` and `..` as segments, slashes and backslashes behind a
 * percent sign, control characters, what is no UTF-8. Empty segments are left out, as Mesos does, and
 * with them a slash at the end.
 */

export interface HttpTarget {
  /** Begins with `/`; `/` alone, or without a slash at its end. */
  readonly path: string;
  /** `''` when there is none. */
  readonly query: string;
  /** Path and query as they came, without scheme and host. */
  readonly raw: string;
}

/** @returns undefined when it is malformed or ambiguous */
export function parseTarget(target: string): HttpTarget | undefined {
  const raw = withoutOrigin(target);
  if (!raw.startsWith('/')) return undefined;
  const mark = raw.indexOf('?');
  const path = normalisePath(mark < 0 ? raw : raw.slice(0, mark));
  if (path === undefined) return undefined;
  return { path, query: mark < 0 ? '' : raw.slice(mark + 1), raw };
}

/** Who asks as if we were a proxy (`GET http://node/state`) means the path. RFC 9112, 3.2.2. */
function withoutOrigin(target: string): string {
  const [origin] = /^https?:\/\/[^/?#]*/i.exec(target) ?? [];
  if (origin === undefined) return target;
  const rest = target.slice(origin.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const FORBIDDEN = /[\u0000-\u001f\u007f/\\#]/;

function normalisePath(path: string): string | undefined {
  const segments: string[] = [];
  for (const encoded of path.split('/')) {
    if (encoded === '') continue;
    const segment = decoded(encoded);
    if (segment === undefined || segment === '.' || segment === '..') return undefined;
    if (FORBIDDEN.test(segment)) return undefined;
    segments.push(segment);
  }
  return `/${segments.join('/')}`;
}

/** @returns undefined when a percent sign is followed by something else than bytes of UTF-8 */
export function decoded(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
