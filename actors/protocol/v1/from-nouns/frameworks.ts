/** Our frameworks → those of Mesos. */
import type { FrameworkInfo } from '../../framework.ts';
import type { FrameworkId } from '../../ids.ts';
import type { FrameworkView } from '../../views.ts';
import { decodeV1 } from '../codec.ts';
import type { V1 } from '../dictionary.ts';
import { V1Error } from '../faults.ts';
import { nanosecondsOfMs, secondsOfMs } from '../times.ts';
import { CAPABILITIES } from '../words.ts';
import { fromLabels } from './commands.ts';
import { fromOfferConstraints } from './offer-constraints.ts';
import { fromResources } from './resources.ts';

/**
 * One that subscribed by v1 is told as it told itself. One that subscribed as nouns may have several
 * roles and knows no other form of resources.
 */
export function fromFramework(
  info: FrameworkInfo,
  frameworkId: FrameworkId | undefined,
): V1<'FrameworkInfo'> {
  const original = originalOf(info);
  const id = frameworkId === undefined ? {} : { id: { value: frameworkId } };
  if (original !== undefined) return { ...original, ...lasting(info, original), ...id };
  const { hostname, principal, webuiUrl, labels } = info;
  const types = new Set([
    ...info.capabilities.map((capability) => CAPABILITIES[capability]),
    'MULTI_ROLE' as const,
    'RESERVATION_REFINEMENT' as const,
  ]);
  return {
    user: info.user,
    name: info.name,
    ...id,
    failover_timeout: secondsOfMs(info.failoverTimeoutMs),
    roles: info.roles,
    checkpoint: info.checkpoint ?? true,
    ...(hostname === undefined ? {} : { hostname }),
    ...(principal === undefined ? {} : { principal }),
    ...(webuiUrl === undefined ? {} : { webui_url: webuiUrl }),
    capabilities: Array.from(types, (type) => ({ type })),
    ...(labels && { labels: fromLabels(labels) }),
  };
}

/** What stays as it was told first, whatever was told since. */
function lasting(
  { user, checkpoint = true }: FrameworkInfo,
  original: V1<'FrameworkInfo'>,
): Partial<V1<'FrameworkInfo'>> {
  return checkpoint === (original.checkpoint ?? false) ? { user } : { user, checkpoint };
}

/** @returns undefined also for a text that is none: it may come from anywhere */
function originalOf({ original }: FrameworkInfo): V1<'FrameworkInfo'> | undefined {
  if (original === undefined) return undefined;
  try {
    return decodeV1('FrameworkInfo', 'json', new TextEncoder().encode(original));
  } catch (error) {
    if (error instanceof V1Error) return undefined;
    throw error;
  }
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
    ...(view.offerConstraints && {
      offer_constraints: fromOfferConstraints(view.offerConstraints),
    }),
  };
}

function timeOf(ms: number): V1<'TimeInfo'> {
  return { nanoseconds: nanosecondsOfMs(ms) };
}
