/**
 * How nodes without a log come to have one: whether to found a cluster, and what to wait for. Pure.
 *
 * A cluster is founded once. All nodes that shall form it must be there, have no log, and have been
 * told of the same nodes; then the first of them (in the order of their names) founds it and invites
 * the others. As soon as anybody has a log, there is a cluster, and a node without one waits to be
 * invited: it may have lost its disk, and must not promise again what it promised before.
 */

export interface Heard {
  readonly nodes: readonly string[];
  readonly heardMs: number;
}

/** A member of the cluster that there is already, and what it said. */
export interface KnownMember {
  readonly node: string;
  /** Why this node is not invited. */
  readonly refused: string | undefined;
  /** This node is to wait, and nobody has to do anything. */
  readonly isAwaited: boolean;
}

export type FormationStep =
  | { readonly step: 'found' }
  /** `sentence` says what is missing. */
  | { readonly step: 'wait'; readonly sentence: string };

/** What was heard longer ago may not be so any more. */
const HEARD_MS_MAX = 2000;

export interface FormationView {
  readonly node: string;
  /** As told to this node; `node` is one of them. */
  readonly nodes: readonly string[];
  /** Of nodes without a log. */
  readonly fresh: ReadonlyMap<string, Heard>;
  readonly member: KnownMember | undefined;
  readonly nowMs: number;
}

export function formationStep(view: FormationView): FormationStep {
  const { node, nodes, fresh, member, nowMs } = view;
  if (member !== undefined) {
    const next = member.isAwaited
      ? 'waiting for its leader to say whether this node belongs to it'
      : `add this node to it with: messor masters add ${node}`;
    const sentence = member.refused ?? `There is a cluster at ${member.node} already; ${next}`;
    return { step: 'wait', sentence };
  }
  const others = [...nodes].filter((other) => other !== node).sort();
  const silent = others.filter((other) => {
    const heard = fresh.get(other);
    return heard === undefined || heard.heardMs < nowMs - HEARD_MS_MAX;
  });
  if (silent.length > 0) {
    const sentence = `A new cluster begins when all of its masters are there; waiting for ${silent.join(', ')}`;
    return { step: 'wait', sentence };
  }
  const own = listOf(nodes);
  for (const other of others) {
    const told = fresh.get(other)?.nodes ?? [];
    if (listOf(told) === own) continue;
    const sentence =
      `The masters disagree on who they are: ${node} was told ${own}, ${other} was told ${listOf(told)}; ` +
      'start all of them with the same --masters';
    return { step: 'wait', sentence };
  }
  const [first = node] = [node, ...others].sort();
  if (first === node) return { step: 'found' };
  return { step: 'wait', sentence: `Waiting for ${first} to found the cluster` };
}

function listOf(nodes: readonly string[]): string {
  return [...nodes].sort().join(',');
}
