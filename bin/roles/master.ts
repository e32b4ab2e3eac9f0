/** `--role master`: who has what, who gets what. */
import { randomUUID } from 'node:crypto';
import { ALLOCATOR_DEFAULTS } from '../../actors/master/allocator/allocator.ts';
import { master } from '../../actors/master/master.ts';
import { MASTER_DEFAULTS } from '../../actors/master/options.ts';
import { MASTER_NAME } from '../../actors/protocol/messages.ts';
import { VERSION } from '../manifest.ts';
import type { ReadFlags } from '../read-flags.ts';
import { listen } from './listening-node.ts';
import { announce, type NodeOutside, type RunningNode } from './running-node.ts';

const PORT_DEFAULT = 5050;

export async function startMaster(
  { values }: ReadFlags,
  { logSink, log }: NodeOutside,
): Promise<RunningNode> {
  const { system, transport } = await listen(values, PORT_DEFAULT, logSink);
  const { rolesAllowed } = values;
  const address = system.spawn(
    master,
    {
      masterId: randomUUID(),
      cluster: values.cluster,
      version: VERSION,
      settings: {
        ...MASTER_DEFAULTS,
        pingIntervalMs: values.agentPingTimeoutMs,
        pingMissCountMax: values.agentPingTimeoutCountMax,
        agentReregisterTimeoutMs: values.agentReregisterTimeoutMs,
        offerTimeoutMs: values.offerTimeoutMs,
      },
      allocator: { ...ALLOCATOR_DEFAULTS, allocationIntervalMs: values.allocationIntervalMs },
      weights: values.weights ?? [],
      ...(rolesAllowed !== undefined && { rolesAllowed }),
    },
    { name: MASTER_NAME, onCrash: 'stop' },
  );
  announce('Master', transport.node);
  let stopping = false;
  return {
    ended: system.exited(address).then((reason) => {
      if (!stopping) log.error(`The master ended by itself (${reason}); the lines before say why`);
      return 'internal';
    }),
    stop() {
      stopping = true;
      return system.shutdown();
    },
  };
}
