/**
 * `/metrics/snapshot`: numbers by name, as JSON or, by `?jsonp=`, as a script; and `/metrics`, the same for
 * Prometheus. `?timeout=500ms`: what can't be told by then is left out.
 * Source: Mesos 1.11, 3rdparty/libprocess/src/metrics/metrics.cpp.
 */
import { formValue, parseForm } from '../form.ts';
import { withJsonp } from '../jsonp.ts';
import {
  type HttpRequest,
  type HttpResponse,
  type HttpRoutes,
  jsonResponse,
  textResponse,
} from '../message.ts';

/** Of the text that Prometheus reads. */
const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface MetricRoutesOptions<Metrics> {
  readonly realm: string;
  /** @param timeoutMs undefined: as long as it takes; not above 0: what is known without asking */
  readonly read: (timeoutMs: number | undefined) => Promise<Metrics>;
  readonly flat: (metrics: Metrics) => Readonly<Record<string, number>>;
  /** For Prometheus. */
  readonly text: (metrics: Metrics) => string;
  /** Reads a duration such as `10secs`; undefined for what is none. */
  readonly msOf: (text: string) => number | undefined;
}

export function metricRoutes<Metrics>({
  realm,
  read,
  flat,
  text,
  msOf,
}: MetricRoutesOptions<Metrics>): HttpRoutes {
  const told = (answer: (metrics: Metrics) => HttpResponse) => async (request: HttpRequest) => {
    const form = parseForm(request.query);
    const timeout = form && formValue(form, 'timeout');
    if (timeout === undefined) return answer(await read(undefined));
    const timeoutMs = msOf(timeout);
    if (timeoutMs !== undefined) return answer(await read(timeoutMs));
    return textResponse(
      400,
      `Invalid timeout '${timeout}': write a duration like 500ms or 10secs.\n`,
    );
  };
  return {
    '/metrics/snapshot': {
      realm,
      jsonAlias: true,
      GET: async (request) => {
        const response = await told((metrics) => jsonResponse(200, flat(metrics)))(request);
        return response.status === 200 ? withJsonp(request, response) : response;
      },
    },
    '/metrics': {
      realm,
      GET: told((metrics) => ({
        status: 200,
        headers: { 'content-type': PROMETHEUS_TYPE },
        body: text(metrics),
      })),
    },
  };
}
