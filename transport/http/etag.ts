/**
 * ETag: who has seen this state of things already is told 304 instead of all of it again.
 * Source: RFC 9110, sections 8.8.3 and 13.1.2.
 */
import type { HttpRequestHead, HttpResponse } from './message.ts';

/**
 * @param version changes whenever the answer does; printable characters without quotes
 * @param weak    the same for people, but maybe not byte by byte
 */
export function entityTag(version: string, { weak }: { readonly weak: boolean }): string {
  return `${weak ? 'W/' : ''}"${version}"`;
}

/** Whether `If-None-Match` has this tag. Weak and strong ones are the same here. */
export function hasSeen({ headers }: Pick<HttpRequestHead, 'headers'>, tag: string): boolean {
  const seen = headers['if-none-match'];
  if (seen === undefined) return false;
  if (seen.trim() === '*') return true;
  const opaque = tag.replace(/^W\//, '');
  return [...seen.matchAll(/(?:W\/)?("[^"]*")/g)].some(([, other]) => other === opaque);
}

/**
 * For GET and HEAD. `make` is not called when the client has seen it.
 * @returns 304, or what `make` makes, with the tag
 */
export function withEntityTag(
  request: Pick<HttpRequestHead, 'headers'>,
  tag: string,
  make: () => HttpResponse,
): HttpResponse {
  if (hasSeen(request, tag)) return { status: 304, headers: { etag: tag } };
  const response = make();
  return { ...response, headers: { ...response.headers, etag: tag } };
}
