/**
 * Header names as they go over the wire. By the standard their case doesn't matter, and to us it is
 * lower; but some clients look for what servers have always sent, `Content-Type` and `Location`.
 */

/** Names that are not written a capital at a time. */
const SPELLED: Readonly<Record<string, string>> = {
  etag: 'ETag',
  'www-authenticate': 'WWW-Authenticate',
};

/** `content-type` is `Content-Type`; one that has a capital is left as it is. */
export function wireName(name: string): string {
  if (name !== name.toLowerCase()) return name;
  return SPELLED[name] ?? name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

export function wireHeaders<Value>(
  headers: Readonly<Record<string, Value>>,
): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [wireName(name), value]),
  );
}
