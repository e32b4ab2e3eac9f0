/** The flags that only masters of Mesos have. */
import { different, fixed, type MesosFlag, refused, same } from './mesos-flag.ts';
import { AUTHENTICATION, MODULES, NO_ZOOKEEPER } from './of-both.ts';

export const MASTER_ONLY: readonly MesosFlag[] = [
  ...different(
    'master',
    'hostname',
    'the name that this master is reached by, as --advertise-address; redirects lead there',
  ),
  ...different('master', 'cluster', 'nodes of a cluster of another name are refused'),
  ...different(
    'master',
    'work-dir',
    'the directory of the registry, where that is kept in one; not needed by a master that stands alone',
  ),
  ...different(
    'master',
    'registry',
    'replicated_log is raft, in_memory is memory; an etcd can be used, too. A master alone keeps it in memory by default',
  ),
  ...different(
    'master',
    'quorum',
    'follows from --masters, and is only compared with it: it must be the majority of them',
  ),
  ...refused('master', NO_ZOOKEEPER, 'zk', 'master-contender'),
  ...fixed(
    'master',
    'registry-strict!',
    ['false'],
    'what the registry says is always acted upon; Mesos has disabled this flag, too',
  ),
  ...refused(
    'master',
    'a master has its registry before it leads, and fetches nothing then',
    'registry-fetch-timeout',
  ),
  ...same('master', 'registry-store-timeout', 'registry-gc-interval', 'registry-max-agent-age'),
  ...same('master', 'registry-max-agent-count'),
  ...fixed(
    'master',
    'log-auto-initialize!',
    ['true'],
    'a log begins by itself when all of --masters are there for the first time',
  ),
  ...different(
    'master',
    'agent-reregister-timeout|slave-reregister-timeout',
    'may also be less than 10mins',
  ),
  ...same('master', 'agent-ping-timeout|slave-ping-timeout'),
  ...same('master', 'max-agent-ping-timeouts|max-slave-ping-timeouts'),
  ...fixed(
    'master',
    'recovery-agent-removal-limit|recovery-slave-removal-limit',
    ['100%'],
    'a new leader gives up agents one by one as their time ends; set --agent-reregister-timeout longer to keep them',
  ),
  ...same('master', 'agent-removal-rate-limit|slave-removal-rate-limit'),
  ...refused(
    'master',
    'there are no pages for a browser; use "messor state", "messor tasks" and the endpoints',
    'webui-dir',
  ),
  ...same('master', 'whitelist', 'role-sorter|user-sorter', 'framework-sorter'),
  ...different(
    'master',
    'allocation-interval',
    'offers are made at once when something is free, too',
  ),
  ...different(
    'master',
    'allocator',
    'HierarchicalDRF, priority, or a JavaScript module: a policy, not a whole allocator',
  ),
  ...same('master', 'allocator-agent-recovery-factor', 'allocator-recovery-timeout'),
  ...same('master', 'fair-sharing-excluded-resource-names', 'min-allocatable-resources'),
  ...same('master', 'filter-gpu-resources!'),
  ...same('master', 'roles', 'weights', 'root-submissions!'),
  ...different(
    'master',
    'offer-timeout',
    '2mins by default, as an offer may have been lost on its way; it cannot be switched off',
  ),
  ...fixed('master', 'authenticate-frameworks!|authenticate', ['false'], AUTHENTICATION),
  ...fixed('master', 'authenticate-agents!|authenticate-slaves', ['false'], AUTHENTICATION),
  ...fixed('master', 'authenticate-http-frameworks!', ['false'], AUTHENTICATION),
  ...refused('master', AUTHENTICATION, 'authentication-v0-timeout', 'credentials'),
  ...refused('master', AUTHENTICATION, 'authenticators', 'http-framework-authenticators'),
  ...fixed('master', 'authorizers', ['local'], MODULES),
  ...different(
    'master',
    'rate-limits',
    'calls over HTTP, too: one that would wait longer than 10 s, or for which there is no room, is answered by 429',
  ),
  ...refused(
    'master',
    'no network isolation needs it: executors are bounded by the resources of their agent',
    'max-executors-per-agent|max-executors-per-slave',
  ),
  ...refused(
    'master',
    'the stream of events for operators is not there yet; ask "messor state --json" again and again',
    'max-operator-event-stream-subscribers',
  ),
  ...same('master', 'max-completed-frameworks', 'max-completed-tasks-per-framework'),
  ...same('master', 'max-unreachable-tasks-per-framework'),
  ...same('master', 'require-agent-domain!'),
  ...different(
    'master',
    'publish-per-framework-metrics!',
    'of the first 250 frameworks; the others count only in the whole',
  ),
  ...different(
    'master',
    'offer-constraints-re2-max-mem',
    'bounds the program of an expression, at 8 B an instruction, and not what RE2 takes while it matches: matching keeps nothing here',
  ),
  ...different(
    'master',
    'offer-constraints-re2-max-program-size',
    'counted in characters and not in bytes, so programs are rather smaller',
  ),
];
