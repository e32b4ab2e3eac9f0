/** Which route a path belongs to: the longest whose path it begins with, at a slash. Pure. */
import type { HttpRoute, HttpRoutes } from './message.ts';

export interface RouteMatch {
  readonly route: HttpRoute;
  /** What follows the route's path: `''`, or begins with `/`. */
  readonly subpath: string;
}

/** @returns undefined when no route is meant */
export function matchRoute(routes: HttpRoutes, path: string): RouteMatch | undefined {
  // From the whole path upwards, one segment less each time.
  for (let end = path.length; end > 1; end = path.lastIndexOf('/', end - 1)) {
    const prefix = path.slice(0, end);
    if (Object.hasOwn(routes, prefix)) return matchOf(routes[prefix], path.slice(end));
  }
  return Object.hasOwn(routes, '/') ? matchOf(routes['/'], path) : undefined;
}

function matchOf(route: HttpRoute | undefined, subpath: string): RouteMatch | undefined {
  return route === undefined ? undefined : { route, subpath };
}
