/**
 * What a URI asks for: where the file comes from, what it is called in the sandbox, and whether it is
 * an archive. Pure.
 *
 * The name is what stands behind the last `/`, a query included; who wants another says so by
 * `outputFile`. An archive is known by the end of its name in the sandbox.
 * Source: Mesos 1.11, src/slave/containerizer/fetcher.cpp, basename, uriToLocalPath,
 * validateOutputFile; src/launcher/fetcher.cpp, extract.
 */
import { join } from 'node:path';
import type { CommandUri } from '../../protocol/task.ts';

export type FetchSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'net'; readonly url: string };

export type ArchiveKind = 'tar' | 'tar.gz' | 'tar.bz2' | 'tar.xz' | 'zip' | 'gz';

export interface FetchPlan {
  readonly source: FetchSource;
  readonly name: string;
  readonly executable: boolean;
  readonly archive: ArchiveKind | undefined;
  readonly cache: boolean;
}

/** Why a URI can't be fetched, whoever tries. The message is the end of a sentence. */
export class UriFault extends Error {
  override readonly name = 'UriFault';
}

/** What file systems take as one name. */
const FILE_NAME_BYTES_MAX = 255;

/** @throws UriFault */
export function planFetch(uri: CommandUri, frameworksHome: string | undefined): FetchPlan {
  const { executable = false, extract = true, cache = false, outputFile } = uri;
  const value = uri.value.trimStart();
  const ownName = fileName(value);
  const name = outputFile === undefined ? ownName : checkedPath(outputFile);
  checkName(name);
  return {
    source: sourceOf(value, frameworksHome),
    name,
    executable,
    // As in Mesos: what is executable is a program, whatever it is called.
    archive: extract && !executable ? archiveKind(name) : undefined,
    cache,
  };
}

/** A URI as it may be shown: without the password that may stand before the host. */
export function shownUri(value: string): string {
  return value.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/@:\s]*):[^/@\s]*@/i, '$1:***@');
}

const ARCHIVES: readonly (readonly [string, ArchiveKind])[] = [
  ['.tar', 'tar'],
  ['.tar.gz', 'tar.gz'],
  ['.tgz', 'tar.gz'],
  ['.tar.bz2', 'tar.bz2'],
  ['.tbz2', 'tar.bz2'],
  ['.tar.xz', 'tar.xz'],
  ['.txz', 'tar.xz'],
  ['.zip', 'zip'],
  ['.gz', 'gz'],
];

export function archiveKind(name: string): ArchiveKind | undefined {
  return ARCHIVES.find(([end]) => name.endsWith(end))?.[1];
}

function fileName(value: string): string {
  if (/[\\'\0]/.test(value)) {
    throw new UriFault("it has a character that URIs may not have: \\, ' or NUL");
  }
  const [, path = value] = /^[^:/]{2,}:\/\/(.*)$/s.exec(value) ?? [];
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === '' || (path !== value && !path.includes('/'))) {
    throw new UriFault('it names no file behind the last "/"');
  }
  return name;
}

function checkedPath(outputFile: string): string {
  if (outputFile === '') throw new UriFault('its output file is empty');
  if (outputFile.startsWith('/') || outputFile.includes('\0') || outputFile.endsWith('/')) {
    throw new UriFault(`its output file "${outputFile}" is not the relative path of a file`);
  }
  if (/(^|\/)\.\.(\/|$)/.test(outputFile)) {
    throw new UriFault(`its output file "${outputFile}" leads out of the sandbox`);
  }
  return outputFile;
}

function checkName(name: string): void {
  for (const part of name.split('/')) {
    if (Buffer.byteLength(part) > FILE_NAME_BYTES_MAX) {
      throw new UriFault('its file name is too long; give a shorter one as its output file');
    }
  }
  const last = name.slice(name.lastIndexOf('/') + 1);
  if (last === '.' || last === '..') throw new UriFault(`"${last}" is no name for a file`);
}

function sourceOf(value: string, frameworksHome: string | undefined): FetchSource {
  const isFile = value.startsWith('file://');
  if (!isFile && value.includes('://')) {
    const [scheme = ''] = value.split('://');
    if (!/^https?$/i.test(scheme)) {
      throw new UriFault(`"${scheme}" can't be fetched here; use http, https or file`);
    }
    if (!URL.canParse(value)) throw new UriFault('it is no valid URL');
    return { kind: 'net', url: value };
  }
  const path = isFile ? value.slice('file://'.length).replace(/^localhost/, '') : value;
  if (path.startsWith('/')) return { kind: 'file', path };
  if (isFile) throw new UriFault('a file URI has to have an absolute path');
  if (frameworksHome === undefined) {
    throw new UriFault('it is a relative path, and the agent has no --frameworks-home');
  }
  return { kind: 'file', path: join(frameworksHome, path) };
}
