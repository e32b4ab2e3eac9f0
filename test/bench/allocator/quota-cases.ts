/**
 * Rounds with quotas, guarantee and limit the same.
 * Source: Mesos 1.11, src/tests/hierarchical_allocator_benchmarks.cpp.
 */
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import { scalarMilli } from '../../../actors/protocol/resources.ts';
import { addAgents, addFrameworks } from './cluster.ts';
import type { Case, Figure, Size } from './figures.ts';
import { sayRound } from './grid-cases.ts';
import { openStage, type Stage, sortedBy } from './stage.ts';

const AGENT = parseResources('cpus:2;mem:2048;disk:2048');
const SMALL = 'cpus:1;mem:1024;disk:1024';
const LARGE = 'cpus:4;mem:4096;disk:4096';

export const quotaCases: Readonly<Record<string, Case>> = {
  /** `random 250+50`: sorted by chance, so many roles with a small quota and with a large one, a framework in each. */
  LargeAndSmallQuota(_size, variant, say) {
    const [sorter = '', counts = ''] = variant.split(' ');
    const [small = 0, large = 0] = counts.split('+').map(Number);
    const stage = openStage(sortedBy(sorter));
    const size = { agents: small / 5 + large * 5, frameworks: small + large };
    addFrameworks(stage, size.frameworks, String);
    setQuotas(stage, size.frameworks, (role) => (role < small ? SMALL : LARGE));
    twoRounds(stage, size, say);
  },

  /** `drf 100 quota`, `random 100`: so many roles with two agents and two frameworks each, with quotas or without. */
  NonQuotaVsQuota(_size, variant, say) {
    const [sorter = '', count = '', quota] = variant.split(' ');
    const roles = Number(count);
    const stage = openStage(sortedBy(sorter));
    const size = { agents: 2 * roles, frameworks: 2 * roles };
    addFrameworks(stage, size.frameworks, (number) => String(number % roles));
    if (quota !== undefined) setQuotas(stage, roles, () => LARGE);
    twoRounds(stage, size, say);
  },
};

function setQuotas({ tell }: Stage, roles: number, of: (role: number) => string): void {
  const configs = Array.from({ length: roles }, (_, role) => {
    const amounts = parseResources(of(role));
    const milli = Object.fromEntries(amounts.map(({ name }) => [name, scalarMilli(amounts, name)]));
    return { role: String(role), guaranteesMilli: milli, limitsMilli: milli };
  });
  tell({ type: 'updateQuota', configs });
}

/** One that hands out, and one that finds that nobody may have more. */
function twoRounds(stage: Stage, size: Size, say: (figure: Figure) => void): void {
  addAgents(stage, size.agents, () => AGENT);
  sayRound(say, `round, ${size.agents} agents`, size, () => stage.round().length);
  sayRound(say, 'the next round', size, () => stage.round().length);
}
