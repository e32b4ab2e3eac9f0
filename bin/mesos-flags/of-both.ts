/** The flags of Mesos that masters and agents have in common: where to listen, what to log, whom to let in. */
import { different, fixed, type MesosFlag, type MesosRole, refused, same } from './mesos-flag.ts';

/** Sentences that the other files of this room say, too. */
export const AUTHENTICATION =
  'nobody is asked who they are yet; keep the ports within a network that you trust';
export const MODULES =
  'modules are libraries of C++, which cannot be loaded into Node; what can be chosen has a flag of its own';
export const NO_ZOOKEEPER =
  'there is no ZooKeeper: masters elect their leader themselves, or by an etcd (--registry etcd://HOST:PORT); name all of them by --masters';

export function flagsOfBoth(role: MesosRole): readonly MesosFlag[] {
  return [
    ...different(role, 'ip', '127.0.0.1 by default; a name is as good as an address'),
    ...same(role, 'port', 'advertise-port', 'ip-discovery-command', 'hostname-lookup!', 'version!'),
    ...same(role, 'help!'),
    ...different(role, 'advertise-ip', 'a name is as good as an address'),
    ...different(
      role,
      'logging-level',
      'also trace, debug, info, warn, error and fatal, which are finer',
    ),
    ...same(role, 'quiet!'),
    ...different(
      role,
      'log-dir',
      `one file for all levels, messor-${role}.log, followed by another one at 64 MiB; five are kept`,
    ),
    ...same(role, 'external-log-file'),
    ...fixed(role, 'logbufsecs', ['0'], 'every line of the log is written at once'),
    ...refused(
      role,
      'there is no driver in this process whose log could be begun; drivers are set up in the programs that use them',
      'initialize-driver-logging!',
    ),
    ...refused(
      role,
      'memory is looked at with the inspector of Node, by NODE_OPTIONS=--inspect',
      'memory-profiling!',
    ),
    ...refused(role, NO_ZOOKEEPER, 'zk-session-timeout', 'master-detector'),
    ...refused(role, MODULES, 'modules', 'modules-dir', 'hooks'),
    ...fixed(role, 'authenticate-http-readonly!', ['false'], AUTHENTICATION),
    ...fixed(
      role,
      role === 'master'
        ? 'authenticate-http-readwrite!|authenticate-http'
        : 'authenticate-http-readwrite!',
      ['false'],
      AUTHENTICATION,
    ),
    ...refused(role, AUTHENTICATION, 'http-authenticators', 'acls'),
    ...refused(
      role,
      'every endpoint can be asked by whoever reaches the port; put a proxy before it to keep some from people',
      'firewall-rules',
    ),
    ...same(role, 'domain'),
  ];
}
