/**
 * `/__processes__`: the actors of a node, and how many messages wait for each. Of what waits only the
 * number is told; what it is, the inspector shows.
 * Source: Mesos 1.11, 3rdparty/libprocess/src/process.cpp, `__processes__`.
 */
import { address } from '../../../runtime/address.ts';
import {
  type ActorsShown,
  INSPECTOR_NAME,
  type InspectorMessage,
  type NothingShown,
  PAGE_COUNT_MAX,
} from '../../../runtime/inspect.ts';
import type { System } from '../../../runtime/system.ts';
import { withJsonp } from '../jsonp.ts';
import { type HttpRoute, jsonResponse } from '../message.ts';

/** Actors that are listed, the first that were started. */
const PROCESSES_SHOWN_MAX = 10_000;
/** Waiting messages of one actor that are listed. */
const EVENTS_SHOWN_MAX = 100;
/** Within the process, and the inspector doesn't block. */
const ASK_TIMEOUT_MS = 10_000;

type OpenSystem = () => System | undefined;

/** @param system undefined while there are no actors yet */
export function processesRoute(system: OpenSystem, realm: string): HttpRoute {
  return {
    realm,
    jsonAlias: true,
    GET: async (request) => {
      const opened = system();
      const processes = opened === undefined ? [] : await processesOf(opened);
      return withJsonp(request, jsonResponse(200, processes));
    },
  };
}

interface Process {
  readonly id: string;
  readonly events: readonly { readonly type: 'MESSAGE' }[];
}

async function processesOf(system: System): Promise<readonly Process[]> {
  const inspector = address<InspectorMessage>(INSPECTOR_NAME, system.node);
  const processes: Process[] = [];
  while (processes.length < PROCESSES_SHOWN_MAX) {
    const page = { offset: processes.length, countMax: PAGE_COUNT_MAX };
    const shown = await system.ask<InspectorMessage, ActorsShown | NothingShown>(
      inspector,
      (replyTo) => ({ type: 'inspectActors', ...page, replyTo }),
      ASK_TIMEOUT_MS,
    );
    if (shown.type === 'nothingShown' || shown.actors.length === 0) break;
    processes.push(...shown.actors.map(processOf));
    if (processes.length >= shown.totalCount) break;
  }
  return processes;
}

function processOf({ name, waitingCount }: ActorsShown['actors'][number]): Process {
  const countMax = Math.min(waitingCount, EVENTS_SHOWN_MAX);
  return { id: name, events: Array.from({ length: countMax }, () => ({ type: 'MESSAGE' })) };
}
