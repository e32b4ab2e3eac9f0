/**
 * Looks at ports that find what a test says, at once: a status or nothing for HTTP, a connection or
 * none for TCP. What is `'late'` is found by nobody.
 */
import type { HttpTarget, NetworkProbes, Probe } from '../../actors/agent/checks/probes.ts';

export interface PlayedPorts {
  /** An Error: the look fails. */
  http(target: HttpTarget): number | Error | 'late';
  tcp(target: { readonly host: string; readonly port: number }): boolean | 'late';
}

export function playedProbes(ports: Partial<PlayedPorts>): NetworkProbes & {
  /** Looks that were given up. */
  readonly cancelled: { count: number };
} {
  const cancelled = { count: 0 };
  const probe = <Found>(found: Found | Error | 'late'): Probe<Found> => ({
    done:
      found === 'late'
        ? new Promise(() => {})
        : found instanceof Error
          ? Promise.reject(found)
          : Promise.resolve(found),
    cancel: () => void cancelled.count++,
  });
  return {
    cancelled,
    http: (target) => probe(ports.http?.(target) ?? 200),
    tcp: (target) => probe(ports.tcp?.(target) ?? true),
  };
}
