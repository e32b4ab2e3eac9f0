/**
 * A node that only dials: how a program that serves nobody takes part. It asks actors on other nodes
 * and hears at once when one of those cannot be reached, and why.
 */
import type { Address, Tagged } from '../runtime/actor.ts';
import { formatAddress } from '../runtime/address.ts';
import type { Carrier } from '../runtime/host.ts';
import type { LogSink } from '../runtime/log.ts';
import { nodeHost } from '../runtime/node-host.ts';
import { createSystem, type System } from '../runtime/system.ts';
import { startTransport } from '../transport/transport.ts';
import { ExitError } from './exits.ts';

export interface DialOptions {
  readonly cluster: string;
  readonly logSink: LogSink;
}

export interface DialledNode {
  readonly system: System;
  /**
   * @param whom who is asked, as in `Cannot reach a master at …`
   * @param remedy what to do when it cannot be reached and the reason doesn't say it
   * @throws ExitError `unreachable` as soon as the node is known to be lost, or at the deadline
   */
  ask<To extends Tagged, Reply extends Tagged>(
    to: Address<To>,
    request: (replyTo: Address<Reply>) => To,
    settings: { readonly timeoutMs: number; readonly whom: string; readonly remedy: string },
  ): Promise<Reply>;
  close(): Promise<void>;
}

export async function dial({ cluster, logSink }: DialOptions): Promise<DialledNode> {
  const host = nodeHost({ logSink });
  const incarnation = Date.now();
  const transport = await startTransport({ host, cluster, incarnation });
  const losses = new Map<string, Set<(reason: string) => void>>();
  const carrier = tellingLosses(transport, (node, reason) => {
    for (const tell of losses.get(node) ?? []) tell(reason);
  });
  const system = createSystem({ node: transport.node, incarnation, host, carrier });

  return {
    system,
    async ask(to, request, { timeoutMs, whom, remedy }) {
      const listeners = losses.get(to.node) ?? new Set();
      losses.set(to.node, listeners);
      const unreachable = (reason: string) => {
        const sentence = `Cannot reach ${whom} at ${to.node}: ${withRemedy(reason, remedy)}`;
        return new ExitError('unreachable', sentence);
      };
      let tell: (reason: string) => void = () => {};
      const lost = new Promise<never>((_, reject) => {
        const said = `Cannot connect with "${to.node}": `;
        tell = (reason) =>
          reject(unreachable(reason.startsWith(said) ? reason.slice(said.length) : reason));
        listeners.add(tell);
      });
      const answer = system.ask(to, request, timeoutMs).catch(() => {
        throw unreachable(`no answer from ${formatAddress(to)} within ${timeoutMs / 1000} s`);
      });
      try {
        return await Promise.race([answer, lost]);
      } finally {
        listeners.delete(tell);
      }
    },
    close: () => system.shutdown(),
  };
}

/** A reason that says itself what to do knows better than `remedy`. */
function withRemedy(reason: string, remedy: string): string {
  return reason.includes('; ') ? reason : `${reason}; ${remedy}`;
}

function tellingLosses(carrier: Carrier, tell: (node: string, reason: string) => void): Carrier {
  return {
    send: (signal) => carrier.send(signal),
    close: (timeoutMs) => carrier.close(timeoutMs),
    attach: (receiver) =>
      carrier.attach({
        deliver: (fromNode, signal) => receiver.deliver(fromNode, signal),
        undeliverable: (signal, reason) => receiver.undeliverable(signal, reason),
        nodeLost(node, reason) {
          receiver.nodeLost(node, reason);
          tell(node, reason);
        },
      }),
  };
}
