/**
 * Which route a path belongs to: the longest whose path it begins with, at a slash. Pure.
 *
 * As in Mesos, the first segment may name a process of the node: `/master/state` and
 * `/slave(1)/state` are `/state`, unless a route of their own begins like that.
 * Source: Mesos, libprocess `ProcessBase::consume(HttpEvent)`.
 */
import { HTTP_METHODS, type HttpMethod, type HttpRoute, type HttpRoutes } from './message.ts';

export interface RouteMatch {
  readonly route: HttpRoute;
  /** What follows the route's path: `''`, or begins with `/`. */
  readonly subpath: string;
}

export class Router {
  readonly #routes = new Map<string, HttpRoute>();
  readonly #aliases = new Map<string, HttpRoute>();
  readonly #processPrefixes: readonly string[];
  /** Longer prefixes are no route's: a path of a thousand segments costs no more than these. */
  readonly #segmentCountMax: number;

  /** @param processes the names that this node answers to as the first segment, such as `slave(1)` */
  constructor(routes: HttpRoutes, processes: readonly string[] = []) {
    for (const [path, route] of Object.entries(routes)) {
      this.#routes.set(path, route);
      if (route.jsonAlias) this.#aliases.set(`${path}.json`, route);
    }
    this.#processPrefixes = processes.map((process) => `/${process}`);
    this.#segmentCountMax = Math.max(
      0,
      ...Object.keys(routes).map((path) => path.split('/').length - 1),
    );
  }

  /**
   * @param path normalised (`path.ts`)
   * @returns undefined when no route is meant
   */
  match(path: string): RouteMatch | undefined {
    return this.#below(path) ?? this.#ofProcess(path) ?? this.#root(path);
  }

  #ofProcess(path: string): RouteMatch | undefined {
    const process = this.#processPrefixes.find(
      (prefix) => path === prefix || path.startsWith(`${prefix}/`),
    );
    if (process === undefined) return undefined;
    const rest = path.slice(process.length);
    return this.#below(rest) ?? this.#root(rest);
  }

  /** All but the root. */
  #below(path: string): RouteMatch | undefined {
    const alias = this.#aliases.get(path);
    if (alias !== undefined) return { route: alias, subpath: '' };
    let end = this.#endOfLongest(path);
    // One segment less each time.
    for (; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const route = this.#routes.get(path.slice(0, end));
      if (route !== undefined) return { route, subpath: path.slice(end) };
    }
    return undefined;
  }

  #root(path: string): RouteMatch | undefined {
    const route = this.#routes.get('/');
    return route && { route, subpath: path === '/' ? '' : path };
  }

  #endOfLongest(path: string): number {
    let end = 0;
    for (let count = 0; count < this.#segmentCountMax; count++) {
      end = path.indexOf('/', end + 1);
      if (end < 0) return path.length;
    }
    return end;
  }
}

/** What a route answers, for `allow`. */
export function methodsOf(route: HttpRoute): readonly HttpMethod[] {
  return HTTP_METHODS.filter((method) => route[method] !== undefined);
}
