/** `--role agent`: one machine's resources and what runs on them. */

import { rm } from 'node:fs/promises';
import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { agent } from '../../actors/agent/agent.ts';
import { agentApi } from '../../actors/agent/api/agent-api.ts';
import { readBootId } from '../../actors/agent/boot-id.ts';
import { readCheckpoint } from '../../actors/agent/checkpoint/checkpoint-text.ts';
import { networkProbes } from '../../actors/agent/checks/network-probes.ts';
import { agentResources, detectMachine } from '../../actors/agent/detection.ts';
import { realFetching } from '../../actors/agent/fetcher/real-fetching.ts';
import { posixLauncherFactory } from '../../actors/agent/launcher/posix-launcher.ts';
import { posixMachine } from '../../actors/agent/launcher/posix-machine.ts';
import { readUsage } from '../../actors/agent/launcher/usage.ts';
import type { Oversubscription } from '../../actors/agent/oversubscription/oversubscription.ts';
import { goesOn } from '../../actors/agent/reconfiguration.ts';
import { AGENT_DEFAULTS } from '../../actors/agent/state.ts';
import { openWorkDirectory, type WorkDirectory } from '../../actors/agent/work-directory.ts';
import type { AgentInfo } from '../../actors/protocol/agent.ts';
import { AGENT_NAME } from '../../actors/protocol/messages.ts';
import { ExitError, type ExitName } from '../exits.ts';
import { flagTexts } from '../flag-list.ts';
import type { FlagValues } from '../flags.ts';
import { machineLoad } from '../machine-load.ts';
import { VERSION } from '../manifest.ts';
import { namedMasters } from '../named-masters.ts';
import type { ReadFlags } from '../read-flags.ts';
import { executorAuthenticator, readTokenKey } from './executor-authentication.ts';
import { listen } from './listening-node.ts';
import { announce, type NodeOutside, type RunningNode } from './running-node.ts';

const PORT_DEFAULT = 5051;
export async function startAgent(
  flags: ReadFlags,
  { logSink, log, logFile }: NodeOutside,
): Promise<RunningNode> {
  const { values } = flags;
  const executorTokenKey = await readTokenKey(values);
  // First the directory: an agent without one must not be seen by anybody.
  const workDirectory = await openWorkDirectory(workDirectoryPath(values));
  const api = agentApi({
    version: VERSION,
    workDirectory: workDirectory.path,
    flags: flagTexts(flags, { port: String(values.port ?? PORT_DEFAULT) }),
    verbosity: logSink.verbosity,
    machine: machineLoad,
    usage: readUsage,
    ...(logFile !== undefined && { logFile }),
  });
  const { routes } = api;
  const authenticate = executorAuthenticator(values, executorTokenKey);
  const processes = ['slave(1)'];
  const listening = { defaultPort: PORT_DEFAULT, processes, routes, authenticate };
  const begin = async () => {
    const kept = await leftBehind(workDirectory, values);
    // Where any free port will do it is the one by which its executors know it.
    const port = values.port === 0 ? (kept?.info.port ?? 0) : values.port;
    const machine = await detectMachine(workDirectory.path);
    const bootId = await readBootId();
    const infoAt = (listeningPort: number, host: string): AgentInfo => ({
      hostname: values.hostname ?? (values.hostnameLookup ? hostname() : host),
      port: listeningPort,
      resources: agentResources(values.resources ?? [], machine, values.defaultRole),
      attributes: values.attributes ?? [],
      ...(values.domain && { domain: values.domain }),
      version: VERSION,
    });
    if (kept !== undefined) {
      // The address that it will listen at isn't known yet; the agent looks at that itself.
      const info = infoAt(port ?? PORT_DEFAULT, kept.info.hostname);
      goesOn(kept, info, bootId, values.reconfigurationPolicy);
    }
    const node = await listen({ ...values, port }, listening, logSink);
    const { transport } = node;
    return { ...node, info: infoAt(transport.port ?? 0, hostOf(transport.node)), bootId };
  };
  const { system, transport, info, bootId } = await begin().catch(async (error: unknown) => {
    await workDirectory.release();
    throw error;
  });
  const self = system.spawn(
    agent,
    {
      ...AGENT_DEFAULTS,
      info,
      bootId,
      recover: values.recover,
      reconfigurationPolicy: values.reconfigurationPolicy,
      executorReregistrationTimeoutMs: values.executorReregistrationTimeoutMs,
      recoveryTimeoutMs: values.recoveryTimeoutMs,
      gcDelayMs: values.gcDelayMs,
      gcDiskHeadroom: values.gcDiskHeadroom,
      diskWatchIntervalMs: values.diskWatchIntervalMs,
      cluster: values.cluster,
      ...(executorTokenKey && { executorTokenKey }),
      masters: await namedMasters(values.master.split(',')),
      workDirectory,
      launcher: posixLauncherFactory(
        posixMachine({ workDirectory: workDirectory.path, nowMs: () => system.host.nowMs() }),
        { metrics: api.metrics },
      ),
      fetcher: {
        fetching: realFetching({
          cacheDirectory: values.fetcherCacheDirectory ?? join(workDirectory.path, 'fetched'),
          fileBytesMax: values.fetcherFileBytesMax,
          unpackedBytesMax: values.fetcherUnpackedBytesMax,
        }),
        frameworksHome: values.frameworksHome,
        cacheBytesMax: values.fetcherCacheBytesMax,
        stallTimeoutMs: values.fetcherStallTimeoutMs,
      },
      probes: networkProbes,
      ...oversubscriptionOf(values),
      runsAs: userInfo().username,
      registrationBackoffMs: values.registrationBackoffMs,
      executorRegistrationTimeoutMs: values.executorRegistrationTimeoutMs,
      executorShutdownGracePeriodMs: values.executorShutdownGracePeriodMs,
      executorEnvironment: values.executorEnvironment ?? [],
      metrics: api.metrics,
    },
    { name: AGENT_NAME },
  );
  api.open({ system, agent: self });
  announce('Agent', transport.node);

  const exited = system.exited(self);
  let stopping = false;
  return {
    ended: exited.then((reason): ExitName => {
      if (values.recover === 'cleanup' && reason === 'stopped') return 'ok';
      if (!stopping) log.error(`The agent ended by itself (${reason}); the lines before say why`);
      return reason === 'stopped' ? 'failed' : 'internal';
    }),
    async stop() {
      stopping = true;
      system.send(self, { type: 'shutdownAgent', reason: 'its host asked it to' });
      await exited;
      await system.shutdown();
      await release(workDirectory, values.discardWorkDirectory);
    },
  };
}

function oversubscriptionOf(values: FlagValues): { readonly oversubscription?: Oversubscription } {
  const { resourceEstimator, qosController } = values;
  if (resourceEstimator === undefined && qosController === undefined) return {};
  return {
    oversubscription: {
      ...(resourceEstimator && { estimator: resourceEstimator }),
      ...(qosController && { controller: qosController }),
      intervalMs: values.oversubscribedResourcesIntervalMs,
      correctionIntervalMsMin: values.qosCorrectionIntervalMsMin,
      measure: async () => machineLoad(),
    },
  };
}

/** Undefined where there was no agent, or what it left is not wanted. @throws CodedError */
async function leftBehind({ checkpoint }: WorkDirectory, { recover }: FlagValues) {
  if (recover === 'cleanup') return undefined;
  return readCheckpoint((await checkpoint.read()) ?? '', checkpoint.path);
}

function hostOf(node: string): string {
  return node.slice(0, node.lastIndexOf(':'));
}

function workDirectoryPath({ workDirectory, port }: FlagValues): string {
  if (workDirectory !== undefined) return workDirectory;
  if (port === 0) {
    throw new ExitError('usage', 'An agent on any free port needs a place of its own: --work-dir');
  }
  return join(homedir(), '.messor', `agent-${port ?? PORT_DEFAULT}`);
}

async function release(workDirectory: WorkDirectory, discard: boolean): Promise<void> {
  await workDirectory.release();
  if (discard) await rm(workDirectory.path, { recursive: true, force: true });
}
