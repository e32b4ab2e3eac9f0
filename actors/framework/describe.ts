/** Short ways to say what most schedulers say: where masters are, what to run, what it needs. */
import type { Address } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import { MASTER_NAME, type MasterMessage } from '../protocol/messages.ts';
import type { CommandInfo } from '../protocol/task.ts';

/**
 * @param nodes `host:port`, several separated by commas
 * @throws when one of them is not a `host:port`
 */
export function mastersAt(nodes: string): readonly Address<MasterMessage>[] {
  return nodes.split(',').map((text) => {
    const node = text.trim();
    if (!/^[^@#\s]+:\d+$/.test(node)) {
      throw new Error(`Cannot find a master at "${node}": write host:port, as in 10.0.0.1:5050`);
    }
    return address<MasterMessage>(MASTER_NAME, node);
  });
}

/** A line for `/bin/sh -c`. */
export function shellCommand(
  line: string,
  environment: Readonly<Record<string, string>> = {},
): CommandInfo {
  return { shell: true, value: line, arguments: [], environment: variables(environment) };
}

/** A program and its arguments, without a shell. */
export function programCommand(
  [program, ...rest]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
): CommandInfo {
  return {
    shell: false,
    value: program,
    arguments: [program, ...rest],
    environment: variables(environment),
  };
}

function variables(environment: Readonly<Record<string, string>>): CommandInfo['environment'] {
  return Object.entries(environment).map(([name, value]) => ({ name, value }));
}
