/** The flags that only agents of Mesos have, but for those of containers. */
import { different, fixed, type MesosFlag, refused, same } from './mesos-flag.ts';
import { AUTHENTICATION, MODULES } from './of-both.ts';

const FETCHER = 'files are not fetched for tasks yet; let their commands fetch what they need';
const PROVIDERS =
  'resources come from the agent itself, by --resources; providers of storage come with volumes';

export const AGENT_ONLY: readonly MesosFlag[] = [
  ...different(
    'agent',
    'master',
    'some or all masters, as host:port,host:port; zk:// is refused, as there is no ZooKeeper',
  ),
  ...same('agent', 'hostname', 'attributes', 'executor-registration-timeout'),
  ...different('agent', 'work-dir', '~/.messor/agent-PORT by default'),
  ...different('agent', 'resources', 'disks of the types BLOCK and RAW are refused'),
  ...same('agent', 'default-role'),
  ...same('agent', 'registration-backoff-factor', 'executor-shutdown-grace-period'),
  ...same('agent', 'executor-environment-variables'),
  ...fixed(
    'agent',
    'switch-user!',
    ['false'],
    'tasks run as the user of the agent; start an agent for each user that tasks should have',
  ),
  ...same('agent', 'recover', 'executor-reregistration-timeout', 'reconfiguration-policy'),
  ...same('agent', 'recovery-timeout'),
  ...fixed(
    'agent',
    'strict!',
    ['true'],
    'an agent whose checkpoint is damaged does not start; without meta/slaves/latest in its work directory it begins anew',
  ),
  ...refused(
    'agent',
    'executors that speak by the first protocol of Mesos (not by HTTP) cannot register here',
    'executor-reregistration-retry-interval',
  ),
  ...same('agent', 'gc-delay', 'gc-disk-headroom', 'disk-watch-interval'),
  ...fixed(
    'agent',
    'gc-non-executor-container-sandboxes!',
    ['false'],
    'the sandbox of a container inside that of its executor goes with that',
  ),
  ...refused('agent', FETCHER, 'fetcher-cache-size', 'fetcher-cache-dir', 'fetcher-stall-timeout'),
  ...refused('agent', FETCHER, 'frameworks-home'),
  ...refused('agent', 'files cannot be fetched from HDFS; offer them by HTTP', 'hadoop-home'),
  ...refused(
    'agent',
    'what an agent keeps is in --work-dir, also what does not outlive a reboot',
    'runtime-dir',
  ),
  ...refused(
    'agent',
    'sessions of nested containers are not there yet, and nothing else has a heartbeat of an agent',
    'http-heartbeat-interval',
  ),
  ...refused(
    'agent',
    'the last 1000 tasks that are over are remembered, whoever ran them',
    'max-completed-executors-per-framework',
  ),
  ...different(
    'agent',
    'resource-estimator',
    'fixed:RESOURCES or load, built in; modules are libraries of C++',
  ),
  ...different('agent', 'qos-controller', 'load:FIVE,FIFTEEN, built in'),
  ...different(
    'agent',
    'qos-correction-interval-min',
    'and at least --oversubscribed-resources-interval, when the machine is measured',
  ),
  ...same('agent', 'oversubscribed-resources-interval'),
  ...refused('agent', PROVIDERS, 'resource-provider-config-dir', 'csi-plugin-config-dir'),
  ...refused('agent', PROVIDERS, 'disk-profile-adaptor'),
  ...refused(
    'agent',
    'an agent has the features of its version, and says so to its master by itself',
    'agent-features',
  ),
  ...refused(
    'agent',
    'an agent listens on one address; give one of IPv6 by --ip',
    'ip6',
    'ip6-discovery-command',
  ),
  ...refused('agent', AUTHENTICATION, 'credential', 'http-credentials', 'authenticatee'),
  ...refused('agent', AUTHENTICATION, 'authentication-backoff-factor'),
  ...refused('agent', AUTHENTICATION, 'authentication-timeout-min', 'authentication-timeout-max'),
  ...refused('agent', AUTHENTICATION, 'jwt-secret-key|executor-secret-key'),
  ...fixed('agent', 'authenticate-http-executors!', ['false'], AUTHENTICATION),
  ...fixed('agent', 'authorizer', ['local'], MODULES),
  ...refused(
    'agent',
    'tasks that refer to secrets are refused; hand values over',
    'secret-resolver',
  ),
  ...fixed(
    'agent',
    'http-executor-domain-sockets!',
    ['false'],
    'executors speak to their agent over TCP',
  ),
  ...refused('agent', 'executors speak to their agent over TCP', 'domain-socket-location'),
  ...refused(
    'agent',
    'commands run inside the agent, which needs no program for that',
    'http-command-executor!',
    'launcher-dir',
  ),
];
