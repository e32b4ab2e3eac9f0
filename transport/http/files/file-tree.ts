/**
 * Files that a node shows to its clients: a port. What a path means is the tree's affair; that nothing
 * beside its roots is ever opened is seen to in `served-files.ts`.
 */
export interface FileTree {
  /**
   * @param path absolute, without `.`, `..` and empty segments; it may be anything else
   * @returns undefined when nothing of this name is shown
   */
  locate(path: string): Promise<LocatedFile | undefined>;
  /** By the paths that clients use: where it really is. For people who look for it. */
  attached(): Promise<Readonly<Record<string, string>>>;
}

export interface LocatedFile {
  /** A real path, free of links: a directory that nothing may lead out of, or a file. */
  readonly root: string;
  /** Relative to the root; `''`: the root itself. */
  readonly below: string;
}

/** Why a file is not shown, in the words of Mesos where it has some. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
  readonly status: 400 | 404 | 500 | 503;

  constructor(status: FileFault['status'], sentence: string) {
    super(sentence);
    this.status = status;
  }
}
