/**
 * The handshake: who may be connected with whom, and by which of several connections.
 *
 * Both sides say hello, the dialling one first. Between two nodes there is one connection, whoever
 * dialled it; this file decides, without doing anything, what becomes of a new one.
 *
 *     dialled ──hello──▶                    ┌─▶ accept (alone, or in place of an older one)
 *                        protocol? cluster? │
 *                        name? incarnation? ┴─▶ refuse, with a code and a sentence
 *             ◀──hello── (or goodbye)
 *
 * When both dial at once, the connection dialled by the node whose name sorts first stays. A hello
 * names the last connection that its sender accepted from us: so a hello sent before the sender
 * had accepted ours (both dialled) is told from one sent because it has lost ours since.
 */
import { ADDRESS_PART_LENGTH_MAX } from '../runtime/address.ts';
import { CLOSE } from './close-codes.ts';
import { PROTOCOL_VERSION } from './envelope.ts';

/** Hellos are small; nothing larger is decoded before it is known who speaks. */
export const HELLO_BYTES_MAX = 4_096;

/** `host:port`, IPv6 in brackets; port 0 says that the node can't be dialled. */
const NODE = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/;

/** Any text of one line. */
const CLUSTER = /^\P{Cc}{0,255}$/u;

export interface Hello {
  readonly protocol: number;
  readonly cluster: string;
  readonly node: string;
  /** Grows with each start of the node. */
  readonly incarnation: number;
  /** Counts the dials of this process to the other node; 0 when the other one dialled. */
  readonly dial: number;
  /** The last dial that was accepted from the other node, and of which of its incarnations. */
  readonly acceptedDial: number;
  readonly acceptedIncarnation: number;
}

/** Who we are. */
export interface Identity {
  readonly cluster: string;
  readonly node: string;
  readonly incarnation: number;
}

/** What we know of the other node when its hello comes. */
export interface PairState {
  /** Our own dial has said hello, and waits for the answer. */
  readonly greeting: boolean;
  /** The connection that stands. */
  readonly connected:
    | { readonly incarnation: number; readonly dialledByUs: boolean; readonly dial: number }
    | undefined;
}

export type Verdict =
  | { readonly kind: 'accept' }
  /** Accept, and the connection that stands goes; `reason` is said of its loss. */
  | { readonly kind: 'replace'; readonly reason: string }
  | { readonly kind: 'refuse'; readonly code: number; readonly sentence: string };

export function isNode(text: unknown): text is string {
  return typeof text === 'string' && text.length <= ADDRESS_PART_LENGTH_MAX && NODE.test(text);
}

export function isCluster(text: unknown): text is string {
  return typeof text === 'string' && CLUSTER.test(text);
}

/** @returns undefined when `fields` is no hello of any version */
export function parseHello(fields: unknown): Hello | undefined {
  if (typeof fields !== 'object' || fields === null) return undefined;
  const { protocol, cluster, node, incarnation, dial, acceptedDial, acceptedIncarnation } =
    fields as { readonly [field: string]: unknown };
  if (!isCount(protocol)) return undefined;
  // Of other versions only the number is understood.
  if (protocol !== PROTOCOL_VERSION) {
    return { ...UNKNOWN, protocol, ...(isNode(node) ? { node } : {}) };
  }
  if (!isCluster(cluster)) return undefined;
  if (!isNode(node) || !isCount(incarnation) || !isCount(dial)) return undefined;
  if (!isCount(acceptedDial) || !isCount(acceptedIncarnation)) return undefined;
  return { protocol, cluster, node, incarnation, dial, acceptedDial, acceptedIncarnation };
}

const UNKNOWN: Hello = {
  protocol: 0,
  cluster: '',
  node: 'unknown:0',
  incarnation: 0,
  dial: 0,
  acceptedDial: 0,
  acceptedIncarnation: 0,
};

/** What becomes of a connection that the other side dialled. */
export function answerDial(own: Identity, hello: Hello, pair: PairState | undefined): Verdict {
  const misfit = misfitOf(own, hello);
  if (misfit !== undefined) return misfit;
  if (pair === undefined) return { kind: 'accept' };
  const { greeting, connected } = pair;
  if (connected === undefined) {
    return greeting && own.node < hello.node ? duplicateOf(own, hello) : { kind: 'accept' };
  }
  if (hello.incarnation < connected.incarnation) return staleOf(hello, connected.incarnation);
  if (hello.incarnation > connected.incarnation) {
    return { kind: 'replace', reason: `"${hello.node}" was started anew` };
  }
  const hadAccepted =
    hello.acceptedIncarnation === own.incarnation && hello.acceptedDial >= connected.dial;
  if (connected.dialledByUs && !hadAccepted) return duplicateOf(own, hello);
  // Its hello was long on the way, and it has given this dial up since.
  if (!connected.dialledByUs && hello.dial < connected.dial) return duplicateOf(own, hello);
  return { kind: 'replace', reason: `"${hello.node}" lost the connection and dialled again` };
}

/** What becomes of a connection that we dialled, when the hello of the one who answered comes. */
export function answerWelcome(own: Identity, dialled: string, hello: Hello): Verdict {
  const misfit = misfitOf(own, hello);
  if (misfit !== undefined) return misfit;
  if (hello.node !== dialled) {
    return refuse(
      CLOSE.wrongNode,
      `The node that answers at "${dialled}" is called "${hello.node}"; use that name`,
    );
  }
  return { kind: 'accept' };
}

function misfitOf(own: Identity, hello: Hello): Verdict | undefined {
  if (hello.protocol !== PROTOCOL_VERSION) {
    return refuse(
      CLOSE.wrongProtocol,
      `"${own.node}" speaks version ${PROTOCOL_VERSION} of the protocol, the other side version ${hello.protocol}; run the same release on both`,
    );
  }
  if (hello.cluster !== own.cluster) {
    return refuse(
      CLOSE.wrongCluster,
      `"${own.node}" belongs to cluster "${own.cluster}", "${hello.node}" to cluster "${hello.cluster}"; give both the same cluster name, or dial another node`,
    );
  }
  if (hello.node === own.node) {
    return refuse(
      CLOSE.sameNode,
      hello.incarnation === own.incarnation
        ? `"${own.node}" has dialled itself; send to its actors by their names`
        : `Two running nodes are called "${own.node}"; give one of them another advertised host or port`,
    );
  }
  return undefined;
}

function staleOf(hello: Hello, connectedIncarnation: number): Verdict {
  return refuse(
    CLOSE.staleIncarnation,
    `A newer process of "${hello.node}" is connected (incarnation ${connectedIncarnation}, this one is ${hello.incarnation}); stop the older one, or give it another port`,
  );
}

function duplicateOf(own: Identity, hello: Hello): Verdict {
  return refuse(
    CLOSE.duplicate,
    `"${own.node}" and "${hello.node}" have another connection, and that one stays`,
  );
}

function refuse(code: number, sentence: string): Verdict {
  return { kind: 'refuse', code, sentence };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
