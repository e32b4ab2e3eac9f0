/**
 * Media types and what a client says of them: `Accept`, `Content-Type`, and codings such as gzip.
 *
 * Read tolerantly: case, blanks and parameters don't matter, and a part that can't be read is as if it
 * were not there. Source: RFC 9110, sections 8.3, 12.4.2, 12.5.
 */

/** Parts of one header that are looked at; those after them are not. */
export const HEADER_PART_COUNT_MAX = 64;

interface Weighted {
  /** In lower case, without parameters. */
  readonly name: string;
  /** From 0 (not at all) to 1. */
  readonly quality: number;
}

/** In lower case, without parameters: `Application/JSON; charset=utf-8` is `application/json`. */
export function mediaTypeOf(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/**
 * Whether an `Accept` admits a media type. The most particular of the parts that fit counts; without a
 * header, or with an empty one, all is admitted.
 */
export function admitsMediaType(accept: string | undefined, mediaType: string): boolean {
  const parts = weighted(accept);
  if (parts.length === 0) return true;
  const [type = ''] = mediaType.split('/', 1);
  return qualityOf(parts, [mediaType, `${type}/*`, '*/*', '*']) > 0;
}

/** Whether an `Accept-Encoding` asks for gzip. Without the header nothing is asked for. */
export function admitsGzip(acceptEncoding: string | undefined): boolean {
  return qualityOf(weighted(acceptEncoding), ['gzip', 'x-gzip', '*']) > 0;
}

/** Of the first name that is there. */
function qualityOf(parts: readonly Weighted[], names: readonly string[]): number {
  for (const name of names) {
    const qualities = parts.filter((part) => part.name === name).map(({ quality }) => quality);
    if (qualities.length > 0) return Math.max(...qualities);
  }
  return 0;
}

function weighted(header = ''): Weighted[] {
  return header.split(',', HEADER_PART_COUNT_MAX).flatMap((part) => {
    const [name = '', ...parameters] = part.split(';').map((word) => word.trim().toLowerCase());
    if (name === '') return [];
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
    if (weight === undefined) return [{ name, quality: 1 }];
    const quality = weight.slice(weight.indexOf('=') + 1).trim();
    return /^(0?\.\d+|0\.?|1(\.0*)?)$/.test(quality) ? [{ name, quality: Number(quality) }] : [];
  });
}
