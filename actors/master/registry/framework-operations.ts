/**
 * Frameworks begin, lose their schedulers, find them again, and end.
 *
 *     (new) ──admitFramework──▶ connected ◀──markFramework…──▶ disconnected
 *                                   └───completeFramework──┬───────┘
 *                                                          ▼
 *                                                      completed ──forgetFrameworks──▶ (unknown)
 *
 * So a new leader knows who is missing, for how long already, and who must not come back. Mesos
 * keeps none of this (MESOS-1719, MESOS-4659): after a failover an ended framework may begin again.
 */
import { isDeepStrictEqual } from 'node:util';
import type { FrameworkInfo } from '../../protocol/framework.ts';
import type { FrameworkId } from '../../protocol/ids.ts';
import { MUTATED, type OperationHandlers, UNCHANGED } from './registry.ts';

export type FrameworkOperation =
  /** A new one, with a scheduler. Refused when the id is known, also of one that has ended. */
  | {
      readonly type: 'admitFramework';
      readonly frameworkId: FrameworkId;
      readonly info: FrameworkInfo;
    }
  /** It subscribed with another description. Refused when it is not registered, as all below. */
  | {
      readonly type: 'updateFramework';
      readonly frameworkId: FrameworkId;
      readonly info: FrameworkInfo;
    }
  /** Its scheduler is gone. Without effect, also on the time, when it is disconnected. */
  | {
      readonly type: 'markFrameworkDisconnected';
      readonly frameworkId: FrameworkId;
      readonly sinceMs: number;
    }
  | { readonly type: 'markFrameworkConnected'; readonly frameworkId: FrameworkId }
  /** It has ended, and its id with it. */
  | {
      readonly type: 'completeFramework';
      readonly frameworkId: FrameworkId;
      readonly endedMs: number;
    }
  /** Of those that have ended; others stay. So that they don't grow without end. */
  | { readonly type: 'forgetFrameworks'; readonly frameworkIds: readonly FrameworkId[] };

export const frameworkOperations: OperationHandlers<FrameworkOperation> = {
  admitFramework({ frameworks, completedFrameworks }, { frameworkId, info }) {
    if (frameworks.has(frameworkId))
      return refuse('admit', frameworkId, 'it is registered already');
    if (completedFrameworks.has(frameworkId)) return refuse('admit', frameworkId, 'it has ended');
    frameworks.set(frameworkId, { info });
    return MUTATED;
  },

  updateFramework({ frameworks }, { frameworkId, info }) {
    const framework = frameworks.get(frameworkId);
    if (framework === undefined) return refuse('update', frameworkId);
    if (isDeepStrictEqual(framework.info, info)) return UNCHANGED;
    frameworks.set(frameworkId, { ...framework, info });
    return MUTATED;
  },

  markFrameworkDisconnected({ frameworks }, { frameworkId, sinceMs }) {
    const framework = frameworks.get(frameworkId);
    if (framework === undefined) return refuse('mark disconnected', frameworkId);
    if (framework.disconnectedMs !== undefined) return UNCHANGED;
    frameworks.set(frameworkId, { info: framework.info, disconnectedMs: sinceMs });
    return MUTATED;
  },

  markFrameworkConnected({ frameworks }, { frameworkId }) {
    const framework = frameworks.get(frameworkId);
    if (framework === undefined) return refuse('mark connected', frameworkId);
    if (framework.disconnectedMs === undefined) return UNCHANGED;
    frameworks.set(frameworkId, { info: framework.info });
    return MUTATED;
  },

  completeFramework({ frameworks, completedFrameworks }, { frameworkId, endedMs }) {
    const framework = frameworks.get(frameworkId);
    if (framework === undefined) return refuse('complete', frameworkId);
    frameworks.delete(frameworkId);
    completedFrameworks.set(frameworkId, { name: framework.info.name, endedMs });
    return MUTATED;
  },

  forgetFrameworks({ completedFrameworks }, { frameworkIds }) {
    const countBefore = completedFrameworks.size;
    for (const frameworkId of frameworkIds) completedFrameworks.delete(frameworkId);
    return completedFrameworks.size < countBefore ? MUTATED : UNCHANGED;
  },
};

function refuse(deed: string, frameworkId: FrameworkId, reason = 'it is not registered') {
  return { refused: `Cannot ${deed} framework "${frameworkId}": ${reason}` };
}
