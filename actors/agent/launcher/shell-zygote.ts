/**
 * A launcher process that every system has: a POSIX shell that reads its orders as a script.
 *
 * A shell can wait for one child only, so each container gets a small shell of its own that starts
 * the program, waits for it, kills what is left of its process group, and reports: to the journal
 * first, because the pipe may have no reader (hence the ignored SIGPIPE). Shells can't give a background job a session
 * without a terminal, hence setsid(1), and start background jobs with SIGINT and SIGQUIT ignored, which
 * only env(1) undoes. Measured with dash for `/bin/true`, 16 at a time: 2.0 ms of CPU, of which the
 * bare fork and exec are 0.75, the second shell's fork 0.35 and each of the two more execs 0.3.
 *
 * A status above 128 is read as the signal that a shell means by it; whether the program itself said
 * `exit 137` is not to be known here.
 */
import { accessSync, constants } from 'node:fs';
import type { LaunchOrder, ZygoteProgram } from './zygote.ts';

const PLAIN_WORD = /^[A-Za-z0-9_/.:@%+,-]+$/;

/** Done jobs are forgotten, and their zombies with them, after this many orders. */
const REAP_ORDERS_MAX = 256;

/**
 * `l` stands before the container's program: its trap speaks only when something before `exec` fails.
 * `w` waits for it. `d` is what env(1) is asked to do about signals, where it can.
 */
const PREAMBLE = `set +m
trap '' PIPE
trap 'echo q >&4; echo q >&3' EXIT
env --default-signal=INT,QUIT true 2>/dev/null && d=--default-signal=INT,QUIT || d=
l() { trap - PIPE; i=$1; trap 'r="x $i its sandbox can'"'"'t be entered or written to"; echo "$r" >&4; echo "$r" >&3' EXIT; cd -- "$2" && exec </dev/null >>stdout 2>>stderr || exit 125; }
w() { c=$!; r="s $1 $c $2"; echo "$r" >&4; echo "$r" >&3; wait $c; s=$?; kill -s KILL -- -$c; if [ $s -gt 128 ]; then r="e $1 signal $((s - 128))"; else r="e $1 exit $s"; fi; echo "$r" >&4; echo "$r" >&3; }
`;

/** @param find tells where a program is; left out: in the usual directories */
export function shellZygote(find = findProgram): ZygoteProgram | undefined {
  const shell = find('dash') ?? find('sh');
  const setsid = find('setsid');
  const env = find('env');
  if (shell === undefined || setsid === undefined || env === undefined) return undefined;
  let orderCount = 0;
  return {
    executable: shell,
    arguments: [],
    preamble: PREAMBLE,
    encode(order) {
      const reap = ++orderCount % REAP_ORDERS_MAX === 0 ? 'jobs >/dev/null\n' : '';
      return `${encodeOrder(order, env, setsid)}${reap}`;
    },
  };
}

function encodeOrder(order: LaunchOrder, env: string, setsid: string): string {
  const { containerId: id, sandbox, launchedMs } = order;
  const { shell, value, arguments: words } = order.command;
  const program = shell ? ['/bin/sh', '-c', value] : [value, ...words.slice(1)];
  const variables = order.environment.map(({ name, value: text }) => `${name}=${text}`);
  if (!order.environment.some(({ name }) => name === 'PWD')) variables.push(`PWD=${sandbox}`);
  const quoted = [...variables, setsid, '--', ...program].map(quote).join(' ');
  const start = `l ${id} ${quote(sandbox)};exec ${env} -i $d -- ${quoted} 3>&- 4>&-`;
  return `{ { ${start}; } & w ${id} ${Math.trunc(launchedMs)}; } 2>/dev/null &\n`;
}

/** As one word of a POSIX shell, whatever is in it but NUL. */
export function quote(word: string): string {
  return PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

const DIRECTORIES = ['/usr/local/bin', '/usr/bin', '/bin'];

export function findProgram(name: string): string | undefined {
  return DIRECTORIES.map((directory) => `${directory}/${name}`).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
