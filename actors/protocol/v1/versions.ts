/**
 * Which Mesos a node says that it is. Clients of Mesos compare versions and do without what an older
 * one lacked (some launch nothing at all below 1.0.0), so `version` is that of the Mesos whose APIs
 * are spoken here, everywhere where Mesos has one. Which Messor it is stands in `git_tag`.
 * Source: Mesos 1.11, include/mesos/v1/mesos.proto, `VersionInfo`; src/version/version.cpp.
 */
import type { V1 } from './dictionary.ts';

export const MESOS_VERSION = '1.11.0';

/** @param version of this program */
export function tagOf(version: string): string {
  return `messor-${version}`;
}

/** Of a build there is nothing to tell, and old clients expect the keys. */
export const NO_BUILD = { build_date: '', build_time: 0, build_user: '' } as const;

/** @param version of this program */
export function versionInfo(version: string): V1<'VersionInfo'> {
  return { version: MESOS_VERSION, ...NO_BUILD, git_tag: tagOf(version) };
}
