/** Files as LIST_FILES and READ_FILE of masters and agents answer them. */
import type { V1 } from '../dictionary.ts';

/** What is known of a file without opening it. */
export interface KnownFile {
  /** As clients know it. */
  readonly path: string;
  readonly nlink: number;
  readonly sizeBytes: number;
  /** Whole seconds since 1970. */
  readonly modifiedSeconds: number;
  /** With the type of the file, as `stat` gives it. */
  readonly mode: number;
  readonly user: string;
  readonly group: string;
}

/** Those of a directory. */
export function fromFiles(files: readonly KnownFile[]): { readonly file_infos: V1<'FileInfo'>[] } {
  return { file_infos: files.map(fileInfo) };
}

export function fromFileText(text: { readonly sizeBytes: number; readonly bytes: Uint8Array }) {
  return { size: BigInt(text.sizeBytes), data: text.bytes };
}

interface FilePart {
  readonly offset: bigint;
  readonly length?: bigint | undefined;
}

/** Which part is asked for. Beyond what any file has, numbers need not be exact. */
export function toFilePart({ offset, length }: FilePart) {
  return { offset: Number(offset), length: length === undefined ? undefined : Number(length) };
}

function fileInfo(file: KnownFile): V1<'FileInfo'> {
  return {
    path: file.path,
    nlink: file.nlink,
    size: BigInt(file.sizeBytes),
    mtime: { nanoseconds: BigInt(file.modifiedSeconds) * 1_000_000_000n },
    mode: file.mode,
    uid: file.user,
    gid: file.group,
  };
}
