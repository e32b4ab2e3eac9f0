/**
 * The probes port: whoever can look at a port of this machine. `network-probes.ts` does it for real;
 * the kit has probes that find what a test says.
 */

/** One look. After `cancel` nobody waits for `done`. */
export interface Probe<Found> {
  /** Rejects with an error whose message is the end of a sentence. */
  readonly done: Promise<Found>;
  cancel(): void;
}

export interface HttpTarget {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** Empty, or begins with `/`. */
  readonly path: string;
}

export interface NetworkProbes {
  /** The status of the answer, after all redirects. */
  http(target: HttpTarget): Probe<number>;
  /** Whether a connection could be made. */
  tcp(target: { readonly host: string; readonly port: number }): Probe<boolean>;
}
