/**
 * Reserving and unreserving what a framework has, on one agent with many reservations.
 * Source: Mesos 1.11, src/tests/hierarchical_allocator_tests.cpp, UpdateAllocation.
 */
import type { UsedResources } from '../../../actors/master/allocator/messages.ts';
import {
  pushReservation,
  withoutReservations,
} from '../../../actors/protocol/resource-selection.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import { plus, type Resources } from '../../../actors/protocol/resources.ts';
import { addAgents, addFrameworks, agentIdOf, frameworkIdOf } from './cluster.ts';
import type { Case } from './figures.ts';
import { sayTimed } from './grid-cases.ts';
import { openStage } from './stage.ts';

const REPETITIONS = 20;

export const conversionCases: Readonly<Record<string, Case>> = {
  /** The variant: so many roles, each with a reservation of four resources on the agent. */
  UpdateAllocation(_size, variant, say) {
    const stage = openStage();
    const roles = Number(variant);
    const roleOf = (number: number) => `role-${String(number).padStart(36, 'x')}`;
    addFrameworks(stage, roles, roleOf);
    const used = Array.from({ length: roles }, (_, number): UsedResources => {
      const role = roleOf(number);
      const labels = [{ key: 'Label', value: String(number).padStart(36, 'y') }];
      const plain = parseResources(`cpus:100;mem:100;disk:100;ports:[${2 * number}-${2 * number}]`);
      const resources = pushReservation(plain, { type: 'dynamic', role, labels });
      return { frameworkId: frameworkIdOf(number), role, resources };
    });
    const total = used.reduce<Resources>((sum, { resources }) => plus(sum, resources), []);
    addAgents(
      stage,
      1,
      () => total,
      () => used,
    );
    stage.decide();
    const [first] = used;
    if (first === undefined) return;
    const { frameworkId, role, resources } = first;
    const plain = withoutReservations(resources);
    const convert = (consumed: Resources, converted: Resources) =>
      stage.tell({
        ...{ type: 'convertAllocated', frameworkId, role, agentId: agentIdOf(0), copies: [] },
        conversions: [{ consumed, converted }],
      });
    sayTimed(say, 'unreserve and reserve', REPETITIONS, () => {
      for (let count = 0; count < REPETITIONS; count++) {
        convert(resources, plain);
        convert(plain, resources);
      }
    });
  },
};
