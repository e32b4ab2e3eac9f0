/**
 * Bytes on their way into a file: counted, bounded, and stopped by a signal. From another file, from
 * a web server, or from a program that unpacks.
 */
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FetchSource } from './uris.ts';

/** A chain of redirects that is longer is given up. */
export const REDIRECTS_MAX = 20;

/** What is known of a copy while it goes on. */
export interface CopyLimits {
  readonly bytesMax: number;
  readonly signal: AbortSignal;
  /** Is told of every piece. */
  readonly onBytes: (count: number) => void;
}

/**
 * Writes what is at `source` to `file`, in place of what is there; on failure nothing is left there.
 * Rejects with an error whose message is the end of a sentence.
 */
export async function copyTo(
  source: FetchSource,
  file: string,
  limits: CopyLimits,
): Promise<number> {
  if (source.kind === 'file') return copyFile(source.path, file, limits);
  const response = await answerOf(source.url, limits.signal);
  const sizeBytes = Number(response.headers['content-length'] ?? 0);
  if (sizeBytes > limits.bytesMax) {
    response.destroy();
    throw new Error(tooLarge(limits.bytesMax));
  }
  const written = await writeFrom(response, file, limits);
  // A connection that broke looks like an end where no length was told.
  if (!response.complete) throw new Error('the connection broke before all of it had come');
  return written;
}

/** @param readable is destroyed on failure */
export async function writeFrom(
  readable: Readable,
  file: string,
  limits: CopyLimits,
): Promise<number> {
  const counter = countingBytes(limits);
  try {
    // First whatever has the name: never through a link.
    await rm(file, { force: true });
    const target = await open(file, 'wx', 0o644);
    await pipeline(readable, counter.stream, target.createWriteStream(), {
      signal: limits.signal,
    });
    return counter.count();
  } catch (error) {
    readable.destroy();
    await rm(file, { force: true }).catch(() => {});
    throw error;
  }
}

/** Lets bytes through until there are too many. */
export function countingBytes({ bytesMax, onBytes }: CopyLimits): {
  readonly stream: Transform;
  count(): number;
} {
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      bytes += chunk.length;
      onBytes(chunk.length);
      if (bytes > bytesMax) callback(new Error(tooLarge(bytesMax)));
      else callback(null, chunk);
    },
  });
  return { stream, count: () => bytes };
}

export function tooLarge(bytesMax: number): string {
  return `it is larger than the ${bytesMax} bytes that the agent allows`;
}

async function copyFile(path: string, file: string, limits: CopyLimits): Promise<number> {
  // A pipe would let us wait for a writer.
  const source = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error) => {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw missing ? new Error('there is no such file on the agent') : error;
  });
  try {
    const facts = await source.stat();
    if (!facts.isFile()) throw new Error('it is not a file');
    if (facts.size > limits.bytesMax) throw new Error(tooLarge(limits.bytesMax));
  } catch (error) {
    await source.close();
    throw error;
  }
  return writeFrom(source.createReadStream(), file, limits);
}

/** The answer with the file, after all redirects. */
async function answerOf(url: string, signal: AbortSignal): Promise<IncomingMessage> {
  let target = new URL(url);
  for (let count = 0; count <= REDIRECTS_MAX; count++) {
    const response = await get(target, signal);
    const { statusCode = 0, headers } = response;
    if (statusCode === 200) return response;
    response.destroy();
    const { location } = headers;
    if (statusCode < 300 || statusCode > 399 || location === undefined) {
      throw new Error(`the server answered ${statusCode}`);
    }
    if (!URL.canParse(location, target.href)) {
      throw new Error('the server redirects to what is no valid URL');
    }
    target = new URL(location, target);
    if (target.protocol !== 'http:' && target.protocol !== 'https:') {
      throw new Error(`the server redirects to "${target.protocol}", which is not followed`);
    }
  }
  throw new Error(`the server redirects more than ${REDIRECTS_MAX} times`);
}

function get(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  // A connection of its own, which ends with the answer; and the bytes as they are.
  const headers = { 'accept-encoding': 'identity', 'user-agent': 'messor-fetcher' };
  return new Promise((resolve, reject) => {
    request(url.href, { agent: false, headers, signal })
      .on('response', resolve)
      .on('error', reject)
      .end();
  });
}
