/**
 * Where an agent's checkpoint lies: a port, for the simulation has no disk.
 *
 * A promise that settles means that what was asked for survives the end of the process, and of the
 * machine's power too. One call at a time; who calls waits for the last one.
 */
import type { AgentId } from '../../protocol/ids.ts';

export interface CheckpointStore {
  /** For sentences. */
  readonly path: string;
  /** Of the agent that was here last; undefined where there is none. Rejects with a `CodedError`. */
  read(): Promise<string | undefined>;
  /** Puts `text` in place of all there is, or leaves all as it was. */
  replace(agentId: AgentId, text: string): Promise<CheckpointSpace>;
  /**
   * Behind what there is; what fails leaves nothing of it behind that would be read again. With an
   * empty text it only looks for space.
   */
  append(text: string): Promise<CheckpointSpace>;
  /** Who starts next begins as a new agent. */
  discard(): Promise<void>;
}

export interface CheckpointSpace {
  /**
   * The disk gives no more, and what is held back is being used: it is for what becomes of tasks,
   * so none should begin.
   */
  readonly isFull: boolean;
}

/** Codes of errors of a disk that may have space again. */
const FULL: readonly string[] = ['ENOSPC', 'EDQUOT'];

/** Worth trying again later. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && FULL.includes(String(error.code));
}
