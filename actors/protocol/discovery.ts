/**
 * How others find a task: said by its framework, kept and shown, never interpreted.
 * Source of the names: Mesos 1.11, include/mesos/v1/mesos.proto, DiscoveryInfo.
 */
import type { Label } from './task.ts';

/** Who may see it: the framework itself, the cluster, or everybody. */
export type Visibility = 'framework' | 'cluster' | 'external';

export interface DiscoveryPort {
  readonly number: number;
  readonly name?: string;
  readonly protocol?: string;
  readonly visibility?: Visibility;
  readonly labels?: readonly Label[];
}

export interface DiscoveryInfo {
  readonly visibility: Visibility;
  readonly name?: string;
  readonly environment?: string;
  readonly location?: string;
  readonly version?: string;
  readonly ports?: readonly DiscoveryPort[];
  readonly labels?: readonly Label[];
}
