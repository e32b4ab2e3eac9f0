/** Our frameworks → those of Mesos. */
import type { FrameworkInfo } from '../../framework.ts';
import type { FrameworkId } from '../../ids.ts';
import type { FrameworkView } from '../../views.ts';
import type { V1 } from '../dictionary.ts';
import { nanosecondsOfMs, secondsOfMs } from '../times.ts';
import { CAPABILITIES } from '../words.ts';
import { fromResources } from './resources.ts';
import { fromLabels } from './tasks.ts';

/**
 * For frameworks that subscribed as nouns: they may have several roles and know no other form of
 * resources. Of one that subscribed by v1 its own `FrameworkInfo` says more.
 */
export function fromFramework(
  info: FrameworkInfo,
  frameworkId: FrameworkId | undefined,
): V1<'FrameworkInfo'> {
  const { hostname, principal, webuiUrl, labels } = info;
  const types = [
    ...info.capabilities.map((capability) => CAPABILITIES[capability]),
    'MULTI_ROLE' as const,
    'RESERVATION_REFINEMENT' as const,
  ];
  return {
    user: info.user,
    name: info.name,
    ...(frameworkId === undefined ? {} : { id: { value: frameworkId } }),
    failover_timeout: secondsOfMs(info.failoverTimeoutMs),
    roles: info.roles,
    ...(hostname === undefined ? {} : { hostname }),
    ...(principal === undefined ? {} : { principal }),
    ...(webuiUrl === undefined ? {} : { webui_url: webuiUrl }),
    capabilities: types.map((type) => ({ type })),
    ...(labels && { labels: fromLabels(labels) }),
  };
}

/** A framework as operators see it, without its offers. */
export function fromFrameworkView(
  view: FrameworkView,
): V1<'master.Response.GetFrameworks.Framework'> {
  const { state, subscribedMs, resubscribedMs, endedMs } = view;
  return {
    framework_info: fromFramework(view.info, view.frameworkId),
    active: state === 'active',
    connected: state === 'active',
    recovered: state === 'recovered',
    ...(subscribedMs === undefined ? {} : { registered_time: timeOf(subscribedMs) }),
    ...(resubscribedMs === undefined ? {} : { reregistered_time: timeOf(resubscribedMs) }),
    ...(endedMs === undefined ? {} : { unregistered_time: timeOf(endedMs) }),
    ...(view.used && { allocated_resources: fromResources(view.used) }),
    ...(view.offered && { offered_resources: fromResources(view.offered) }),
  };
}

function timeOf(ms: number): V1<'TimeInfo'> {
  return { nanoseconds: nanosecondsOfMs(ms) };
}
