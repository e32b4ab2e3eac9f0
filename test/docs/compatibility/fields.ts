/**
 * What may be said of tasks, executors and frameworks. The names are those of the dictionary: the
 * compiler refuses a table that lacks one.
 */
import type { V1, V1Enum, V1Name } from '../../../actors/protocol/v1/dictionary.ts';
import { different, done, type Row, refused } from './row.ts';

type Fields<Name extends V1Name> = Readonly<Record<keyof V1<Name> & string, Row>>;

const CONTAINER = different('see ContainerInfo');
const ISOLATION = refused('comes with isolation');

export const TASK_FIELDS: Fields<'TaskInfo'> = {
  name: done,
  task_id: done,
  agent_id: done,
  resources: different('of the agent; those of providers of storage are refused'),
  executor: done,
  command: done,
  container: CONTAINER,
  health_check: done,
  check: done,
  kill_policy: done,
  data: done,
  labels: done,
  discovery: done,
  max_completion_time: done,
  limits: ISOLATION,
};

export const EXECUTOR_FIELDS: Fields<'ExecutorInfo'> = {
  type: done,
  executor_id: done,
  framework_id: different('need not be said in a LAUNCH_GROUP'),
  command: done,
  container: CONTAINER,
  resources: different('of the agent; those of providers of storage are refused'),
  name: done,
  source: done,
  data: done,
  discovery: done,
  shutdown_grace_period: done,
  labels: done,
};

export const COMMAND_FIELDS: Fields<'CommandInfo'> = {
  uris: done,
  environment: different('secrets are refused'),
  shell: done,
  value: done,
  arguments: done,
  user: different('a task that asks for another user than that of the agent fails'),
};

export const CONTAINER_FIELDS: Fields<'ContainerInfo'> = {
  type: different('MESOS; DOCKER is refused'),
  volumes: ISOLATION,
  hostname: ISOLATION,
  docker: ISOLATION,
  mesos: different('without an image'),
  network_infos: different('without a name: tasks are on the network of their agent'),
  linux_info: different('share_cgroups and share_pid_namespace, which change nothing yet'),
  rlimit_info: ISOLATION,
  tty_info: refused('comes with containers that are started by hand'),
};

export const FRAMEWORK_FIELDS: Fields<'FrameworkInfo'> = {
  user: different('shown; programs run as the user of the agent'),
  name: done,
  id: done,
  failover_timeout: done,
  checkpoint: done,
  role: done,
  roles: done,
  hostname: done,
  principal: done,
  webui_url: done,
  capabilities: done,
  labels: done,
  offer_filters: done,
};

type Capability = Exclude<V1Enum<'FrameworkInfo.Capability.Type'>, 'UNKNOWN'>;

export const CAPABILITIES: Readonly<Record<Capability, Row>> = {
  REVOCABLE_RESOURCES: done,
  TASK_KILLING_STATE: done,
  GPU_RESOURCES: done,
  SHARED_RESOURCES: done,
  PARTITION_AWARE: done,
  MULTI_ROLE: done,
  RESERVATION_REFINEMENT: done,
  REGION_AWARE: done,
};
