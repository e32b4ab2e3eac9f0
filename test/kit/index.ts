/**
 * The package `messor/testkit` as others import it: schedulers and executors, tested without a machine,
 * a network or a clock. `probe` runs one actor alone; `startCluster` runs it against a real master and
 * real agents in one process, whose commands are played. It brings no framework for tests along.
 */
export {
  type ExecutorEnvironment,
  parseExecutorEnvironment,
} from '../../actors/framework/executor-environment.ts';
export {
  type Cluster,
  type ClusterAgent,
  type ClusterOptions,
  type ProgramLife,
  type SchedulerLife,
  startCluster,
} from './cluster.ts';
export { address, probe, type Sent } from './probe.ts';
export {
  type NodeLife,
  type VirtualNode,
  type VirtualWorld,
  type VirtualWorldOptions,
  WorldFault,
} from './virtual-world.ts';
