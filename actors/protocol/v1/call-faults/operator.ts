/**
 * Calls of operators that are not valid, before it is looked at who calls. What a command or a
 * container may be is for those who launch them to say.
 * Source: Mesos, src/master/validation.cpp, master::call::validate; src/slave/validation.cpp,
 * agent::call::validate.
 */
import type { V1 } from '../dictionary.ts';
import { resourceFault } from '../resource-fault.ts';
import { containerIdFault } from './id-faults.ts';
import { absent, partFault } from './part-fault.ts';

/** @returns a sentence, or undefined */
export function masterCallFault(call: V1<'master.Call'>): string | undefined {
  const fault = partFault('master.Call', call);
  if (fault !== undefined) return fault;
  switch (call.type) {
    case 'RESERVE_RESOURCES':
      return resourcesFault(call.reserve_resources?.resources);
    case 'UNRESERVE_RESOURCES':
      return resourcesFault(call.unreserve_resources?.resources);
    case 'GROW_VOLUME':
      return call.grow_volume?.agent_id === undefined ? NO_AGENT : undefined;
    case 'SHRINK_VOLUME':
      return call.shrink_volume?.agent_id === undefined ? NO_AGENT : undefined;
    default:
      return undefined;
  }
}

const NO_AGENT = `${absent('agent_id')}; only agent default resources are supported right now`;

/** @returns a sentence, or undefined */
export function agentCallFault(call: V1<'agent.Call'>): string | undefined {
  const fault = partFault('agent.Call', call);
  if (fault !== undefined) return fault;
  switch (call.type) {
    case 'LAUNCH_NESTED_CONTAINER':
      return nestedFault('launch_nested_container', call.launch_nested_container);
    case 'WAIT_NESTED_CONTAINER':
      return nestedFault('wait_nested_container', call.wait_nested_container);
    case 'KILL_NESTED_CONTAINER':
      return nestedFault('kill_nested_container', call.kill_nested_container);
    case 'REMOVE_NESTED_CONTAINER':
      return nestedFault('remove_nested_container', call.remove_nested_container);
    case 'LAUNCH_NESTED_CONTAINER_SESSION':
      return nestedFault('launch_nested_container_session', call.launch_nested_container_session);
    case 'ATTACH_CONTAINER_INPUT':
      return inputFault(call.attach_container_input);
    case 'ATTACH_CONTAINER_OUTPUT':
      return containerFault('attach_container_output', call.attach_container_output);
    case 'LAUNCH_CONTAINER':
      return launchFault(call.launch_container);
    case 'WAIT_CONTAINER':
      return containerFault('wait_container', call.wait_container);
    case 'KILL_CONTAINER':
      return containerFault('kill_container', call.kill_container);
    case 'REMOVE_CONTAINER':
      return containerFault('remove_container', call.remove_container);
    case 'ADD_RESOURCE_PROVIDER_CONFIG':
      return newProviderFault('add_resource_provider_config', call.add_resource_provider_config);
    case 'UPDATE_RESOURCE_PROVIDER_CONFIG':
      return newProviderFault(
        'update_resource_provider_config',
        call.update_resource_provider_config,
      );
    default:
      return undefined;
  }
}

function resourcesFault(resources: readonly V1<'Resource'>[] | undefined): string | undefined {
  for (const resource of resources ?? []) {
    const fault = resourceFault(resource);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

interface OfContainer {
  readonly container_id: V1<'ContainerID'>;
}

function containerFault(part: string, call: OfContainer | undefined): string | undefined {
  const fault = call && containerIdFault(call.container_id);
  return fault && `'${part}.container_id' is invalid: ${fault}`;
}

function nestedFault(part: string, call: OfContainer | undefined): string | undefined {
  const root = call?.container_id.parent === undefined;
  return containerFault(part, call) ?? (root ? absent(`${part}.container_id.parent`) : undefined);
}

function launchFault(launch: V1<'agent.Call.LaunchContainer'> | undefined): string | undefined {
  const fault = containerFault('launch_container', launch);
  if (fault !== undefined) return fault;
  const resources = resourcesFault(launch?.resources);
  if (resources !== undefined) return `Invalid resources: ${resources}`;
  const sharesCgroups = launch?.container?.linux_info?.share_cgroups;
  const { parent } = launch?.container_id ?? {};
  const what = "'launch_container' is invalid: containers";
  if (parent?.parent !== undefined) {
    const nested = `${what} nested at the second level or greater cannot`;
    if ((launch?.resources?.length ?? 0) > 0) return `${nested} specify resources`;
    if ((launch?.limits?.size ?? 0) > 0) return `${nested} specify resource limits`;
    if (sharesCgroups === false) return `${nested} set 'share_cgroups' to 'false'`;
  }
  return parent === undefined && sharesCgroups === true
    ? `${what} without a parent cannot set 'share_cgroups' to 'true'`
    : undefined;
}

function inputFault(input: V1<'agent.Call.AttachContainerInput'> | undefined): string | undefined {
  const part = 'attach_container_input';
  if (input?.type === undefined) return absent(`${part}.type`);
  if (input.type === 'UNKNOWN') return `'${part}.type' is unknown`;
  if (input.type === 'PROCESS_IO') return undefined;
  return containerFault(part, { container_id: input.container_id ?? { value: '' } });
}

function newProviderFault(
  part: string,
  call: { readonly info: V1<'ResourceProviderInfo'> } | undefined,
): string | undefined {
  return call?.info.id === undefined ? undefined : `Expecting '${part}.info.id' to be unset`;
}
