/**
 * One member of a group of Messor's that is measured, with a door for clients of other processes.
 * usage: node consensus-member.js log|registry PORT NODE,NODE,… DIRECTORY [ENTRIES-PER-SNAPSHOT]
 * log: each write is an entry of its own in a log to which a table of keys and values is applied.
 * registry: each write is an operation on the registry (an agent's record), by way of the master's
 * registrar, which has one write under way at a time and puts into the next what came meanwhile.
 * Ends when its standard input does.
 */
import { randomUUID } from 'node:crypto';
import {
  type FromRegistrarToMaster,
  type RegistrarMessage,
  registrar,
} from '../../../actors/master/registrar.ts';
import type { RegistryOperation } from '../../../actors/master/registry/operations.ts';
import { raftStore } from '../../../actors/master/registry/raft-store.ts';
import type {
  FromStoreToMastership,
  RegistryStoreMessage,
} from '../../../actors/master/registry/store.ts';
import type { AgentId } from '../../../actors/protocol/ids.ts';
import { parseResources } from '../../../actors/protocol/resources.ts';
import type { Disk } from '../../../consensus/disk.ts';
import type { MemberId, Membership } from '../../../consensus/entry.ts';
import { host } from '../../../consensus/host.ts';
import { HOST_NAME, type HostNews } from '../../../consensus/host-messages.ts';
import { nodeDisk } from '../../../consensus/node-disk.ts';
import type { Proposed, ReplicaMessage } from '../../../consensus/replica-messages.ts';
import { replicaName } from '../../../consensus/replica-state.ts';
import type { Operation, StateMachine } from '../../../consensus/state-machine.ts';
import { type Address, defineActor } from '../../../runtime/actor.ts';
import { address } from '../../../runtime/address.ts';
import { nodeHost } from '../../../runtime/node-host.ts';
import { createSystem } from '../../../runtime/system.ts';
import { startTransport } from '../../../transport/transport.ts';
import { acceptsFromWriter, DOOR_NAME, type FromDoor, type FromWriter } from '../consensus/door.ts';

const [kind = '', port = '0', nodesText = '', directory = '', snapshotText] = process.argv.slice(2);
const nodes = nodesText.split(',');
const GROUP = 'bench';

interface DoorOptions {
  readonly node: string;
  readonly nodes: readonly string[];
  readonly disk: Disk;
  readonly snapshotEntryCount?: number;
}

interface Waiting {
  readonly number: number;
  readonly replyTo: Address<FromDoor>;
}

/** Keys and values, as the log says; an entry is the length of the key, the key and the value. */
class Table implements StateMachine {
  readonly #values = new Map<string, Uint8Array>();

  apply({ data }: Operation): undefined {
    const keyEnd = 1 + (data[0] ?? 0);
    this.#values.set(Buffer.from(data.subarray(1, keyEnd)).toString(), data.subarray(keyEnd));
  }

  /** Each entry behind its length. */
  snapshot(): Iterable<Uint8Array> {
    const parts = [...this.#values].flatMap(([key, value]) => {
      const bytes = entryOf(key, value);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    });
    return [Buffer.concat(parts)];
  }

  restore(pieces: Iterable<Uint8Array>): void {
    const bytes = Buffer.concat([...pieces]);
    this.#values.clear();
    for (let at = 0; at < bytes.length; ) {
      const end = at + 4 + bytes.readUInt32LE(at);
      this.apply({ index: 0, term: 0, data: bytes.subarray(at + 4, end) });
      at = end;
    }
  }
}

function entryOf(key: string, value: Uint8Array): Uint8Array {
  const keyBytes = Buffer.from(key);
  return Buffer.concat([Buffer.from([keyBytes.length]), keyBytes, value]);
}

interface LogState {
  leads: boolean;
  leaderId: MemberId | undefined;
  addresses: Membership['addresses'];
  appliedIndex: number;
  readonly waiting: Map<number, Waiting>;
  nextNumber: number;
}

const logDoor = defineActor<DoorOptions, LogState, FromWriter | HostNews | Proposed>({
  name: DOOR_NAME,
  initialState: () => ({
    leads: false,
    leaderId: undefined,
    addresses: {},
    appliedIndex: 0,
    waiting: new Map(),
    nextNumber: 1,
  }),
  accepts: acceptsFromWriter,
  started(_, context) {
    const options = { ...context.options, group: GROUP, machine: new Table(), owner: context.self };
    context.spawn(host, options, { name: HOST_NAME, onCrash: 'escalate' });
  },
  handlers: {
    write(state, { key, value, number, replyTo }, context) {
      const own = state.nextNumber++;
      state.waiting.set(own, { number, replyTo });
      const replica = address<ReplicaMessage>(replicaName(GROUP), context.self.node);
      const data = entryOf(key, value);
      context.send(replica, { type: 'propose', data, number: own, replyTo: context.self });
    },
    proposed({ waiting }, { number, outcome }, context) {
      const asked = waiting.get(number);
      if (asked === undefined) return;
      waiting.delete(number);
      context.send(asked.replyTo, {
        type: 'written',
        number: asked.number,
        ...(outcome.outcome === 'applied' ? {} : { refused: outcome.outcome }),
      });
    },
    describe({ leads, leaderId, addresses, appliedIndex }, { number, replyTo }, context) {
      const leader = addresses[String(leaderId)];
      context.send(replyTo, description({ leads, leader, appliedIndex }, number));
    },
    roleChanged(state, { role, leader }) {
      state.leads = role === 'leader';
      state.leaderId = leader?.memberId;
    },
    applied(state, { index }) {
      state.appliedIndex = index;
    },
    membershipChanged(state, { membership }) {
      state.addresses = membership.addresses;
    },
    replicaReady() {},
    hostSentAway: (_, { reason }) => giveUp(reason),
  },
});

interface RegistryState {
  store: Address<RegistryStoreMessage> | undefined;
  registrar: Address<RegistrarMessage> | undefined;
  leader: string | undefined;
  /** In the order of asking, which is that of the answers. */
  waiting: Waiting[];
  /** Admitted already; what is written of them again is an update. */
  readonly agents: Set<string>;
  count: number;
}

const registryDoor = defineActor<
  DoorOptions,
  RegistryState,
  FromWriter | FromStoreToMastership | FromRegistrarToMaster
>({
  name: DOOR_NAME,
  initialState: () => ({
    store: undefined,
    registrar: undefined,
    leader: undefined,
    waiting: [],
    agents: new Set(),
    count: 0,
  }),
  accepts: acceptsFromWriter,
  started(state, context) {
    const candidate = { node: context.options.node, masterId: randomUUID(), version: '0' };
    const options = { ...context.options, candidate, mastership: context.self };
    state.store = context.spawn(raftStore, options, { onCrash: 'escalate' });
  },
  handlers: {
    elected(state, { leader, registry }, context) {
      if (state.store === undefined) return;
      const { epoch, candidate } = leader;
      state.leader = candidate.node;
      for (const agentId of registry.admitted.keys()) state.agents.add(agentId);
      const options = { master: context.self, store: state.store, epoch };
      state.registrar = context.spawn(registrar, options);
    },
    deposed(state, _, context) {
      if (state.registrar !== undefined) context.stop(state.registrar);
      state.registrar = undefined;
      state.leader = undefined;
      for (const { number, replyTo } of state.waiting.splice(0)) {
        context.send(replyTo, { type: 'written', number, refused: 'unknown' });
      }
    },
    leaderChanged(state, { leader }) {
      state.leader = leader?.candidate.node;
    },
    mastersChanged() {},
    write(state, { key, number, replyTo }, context) {
      if (state.registrar === undefined) {
        context.send(replyTo, { type: 'written', number, refused: 'dropped' });
        return;
      }
      state.waiting.push({ number, replyTo });
      const isNew = !state.agents.has(key);
      state.agents.add(key);
      const operation: RegistryOperation = {
        type: isNew ? 'admitAgent' : 'updateAgent',
        info: agentOf(key, ++state.count),
      };
      context.send(state.registrar, { type: 'apply', operation });
    },
    registryApplied(state, { refused }, context) {
      const asked = state.waiting.shift();
      if (asked === undefined) return;
      const { number, replyTo } = asked;
      context.send(replyTo, { type: 'written', number, ...(refused !== undefined && { refused }) });
    },
    describe({ registrar: leading, leader, waiting }, { number, replyTo }, context) {
      const known = { leads: leading !== undefined, leader, appliedIndex: waiting.length };
      context.send(replyTo, description(known, number));
    },
  },
});

const resources = parseResources('cpus:8;mem:16384;disk:102400');

/** About 300 bytes as a line in the log. */
function agentOf(key: string, count: number) {
  return {
    agentId: key as AgentId,
    node: `127.${1 + ((count >> 16) & 127)}.${(count >> 8) & 255}.${count & 255}:1`,
    hostname: 'agent.example.org',
    port: 5051,
    resources,
    attributes: [],
    version: '0.1.0',
  };
}

function description(
  {
    leads,
    leader,
    appliedIndex,
  }: {
    readonly leads: boolean;
    readonly leader: string | undefined;
    readonly appliedIndex: number;
  },
  number: number,
): FromDoor {
  const known = leader === undefined ? {} : { leader };
  return { type: 'described', number, leads, appliedIndex, ...known };
}

function giveUp(reason: string): void {
  console.error(reason);
  process.exit(1);
}

const nodeOutside = nodeHost({ logSink: ({ level, text }) => level === 'error' && giveUp(text) });
const incarnation = Date.now();
const transport = await startTransport({
  host: nodeOutside,
  cluster: 'bench',
  incarnation,
  listen: { address: '127.0.0.1', port: Number(port) },
});
const { node } = transport;
const system = createSystem({ node, incarnation, host: nodeOutside, carrier: transport });
const options = {
  node,
  nodes,
  disk: nodeDisk(directory),
  ...(snapshotText !== undefined && { snapshotEntryCount: Number(snapshotText) }),
};
if (kind === 'log') system.spawn(logDoor, options);
else system.spawn(registryDoor, options);
process.stdin.on('end', () => void system.shutdown().then(() => process.exit(0))).resume();
console.log(node);
