/** A master and an agent of this process, on real ports, whose inside can be looked at. */
import { agent } from '../../actors/agent/agent.ts';
import { posixLauncherFactory } from '../../actors/agent/launcher/posix-launcher.ts';
import { posixMachine } from '../../actors/agent/launcher/posix-machine.ts';
import { AGENT_DEFAULTS } from '../../actors/agent/state.ts';
import { openWorkDirectory } from '../../actors/agent/work-directory.ts';
import { ALLOCATOR_DEFAULTS } from '../../actors/master/allocator/allocator.ts';
import { MASTER_DEFAULTS, type MasterSettings } from '../../actors/master/options.ts';
import type { MasterState } from '../../actors/master/state.ts';
import { AGENT_NAME, MASTER_NAME, type MasterMessage } from '../../actors/protocol/messages.ts';
import { parseResources } from '../../actors/protocol/resources.ts';
import { address, formatAddress } from '../../runtime/address.ts';
import type { LogRecord } from '../../runtime/log.ts';
import { nodeHost } from '../../runtime/node-host.ts';
import { createSystem, type System } from '../../runtime/system.ts';
import { startTransport } from '../../transport/transport.ts';
import { startLoneMaster } from '../kit/lone-master.ts';
import { lookInside } from '../kit/look-inside.ts';
import { type Afterwards, eventually, lastFirst } from '../kit/programs.ts';
import { temporaryDirectory } from '../kit/real-agents.ts';

export interface LiveCluster {
  readonly master: System;
  readonly agent: System;
  readonly masterState: () => MasterState;
  /** Who lives for ever on both nodes; a crash gives another incarnation. */
  readonly residents: () => readonly string[];
  /** Errors and worse. */
  readonly faults: readonly LogRecord[];
}

const CLUSTER = 'messor';

export async function startLiveCluster(
  afterwards: Afterwards,
  settings: Partial<MasterSettings> = {},
): Promise<LiveCluster> {
  const faults: LogRecord[] = [];
  const host = nodeHost({
    logSink: (record) => {
      if (record.level === 'error' || record.level === 'fatal') faults.push(record);
    },
  });
  const start = async () => {
    const transport = await startTransport({
      host,
      cluster: CLUSTER,
      incarnation: 1,
      listen: { address: '127.0.0.1', port: 0 },
    });
    const { node, port = 0 } = transport;
    const system = createSystem({ node, incarnation: 1, host, carrier: transport });
    lastFirst(afterwards, () => system.shutdown());
    return { system, port };
  };

  const { system: masterSystem } = await start();
  startLoneMaster(masterSystem, {
    cluster: CLUSTER,
    settings: { ...MASTER_DEFAULTS, offerTimeoutMs: 500, ...settings },
    allocator: { ...ALLOCATOR_DEFAULTS, allocationIntervalMs: 50 },
  });
  const masterAddress = address<MasterMessage>(MASTER_NAME, masterSystem.node);

  const workDirectory = await openWorkDirectory(await temporaryDirectory(afterwards));
  const { system: agentSystem, port } = await start();
  const agentAddress = agentSystem.spawn(
    agent,
    {
      ...AGENT_DEFAULTS,
      info: {
        hostname: 'here',
        port,
        resources: parseResources('cpus:2;mem:1024'),
        attributes: [],
        version: '0.0.0',
      },
      cluster: CLUSTER,
      masters: [masterSystem.node],
      workDirectory,
      bootId: 'live',
      launcher: posixLauncherFactory(
        posixMachine({ workDirectory: workDirectory.path, nowMs: () => host.nowMs() }),
      ),
      registrationBackoffMs: 50,
    },
    { name: AGENT_NAME },
  );
  lastFirst(afterwards, async () => {
    agentSystem.send(agentAddress, { type: 'shutdownAgent', reason: 'the test is over' });
    await agentSystem.exited(agentAddress);
  });

  const insideMaster = () => {
    const inside = lookInside<MasterState>(masterSystem, masterAddress);
    // Before it leads, and after, a standby has its name.
    return inside !== undefined && 'agents' in inside.state ? inside.state : undefined;
  };
  const masterState = () => {
    const inside = insideMaster();
    if (inside === undefined) throw new Error('The master is not there any more');
    return inside;
  };
  await eventually('the agent is registered', async () =>
    (insideMaster()?.agents.registered.size ?? 0) > 0 ? true : undefined,
  );
  const { allocator, registrar } = masterState();
  const residents = [masterAddress, agentAddress, allocator, registrar];
  return {
    master: masterSystem,
    agent: agentSystem,
    masterState,
    residents: () =>
      residents.flatMap((resident) => {
        if (resident === undefined) return [];
        const system = resident.node === agentSystem.node ? agentSystem : masterSystem;
        return lookInside(system, resident) === undefined ? [] : [formatAddress(resident)];
      }),
    faults,
  };
}
