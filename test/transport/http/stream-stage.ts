/** A node with routes whose answers are streams, and what their handlers hold and are told. */
import { ok } from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { HttpRoute, HttpRoutes } from '../../../transport/http/message.ts';
import type { HttpStream, HttpStreamEnd } from '../../../transport/http/stream-port.ts';
import type { HttpLimits } from '../../../transport/limits.ts';
import { type LiveNode, liveNode } from '../live.ts';

/** A handler's side of one stream. */
export interface Opened {
  readonly stream: HttpStream;
  readonly ends: HttpStreamEnd[];
  drainedCount: number;
}

export class Stage {
  readonly opened: Opened[] = [];
  readonly #events = new EventEmitter();

  /** @param drains the handler wants to know when a client that was too slow has read */
  route(drains: boolean): HttpRoute {
    const answer = () => ({
      status: 200,
      headers: { 'content-type': 'application/json', 'mesos-stream-id': 'id' },
      stream: (stream: HttpStream) => {
        const one: Opened = { stream, ends: [], drainedCount: 0 };
        this.opened.push(one);
        this.#events.emit('changed');
        return {
          closed: (why: HttpStreamEnd) => {
            one.ends.push(why);
            this.#events.emit('changed');
          },
          ...(drains && {
            drained: () => {
              one.drainedCount++;
              this.#events.emit('changed');
            },
          }),
        };
      },
    });
    return { GET: answer, POST: answer };
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.#events, 'changed');
  }

  async first(): Promise<Opened> {
    await this.until(() => this.opened.length > 0);
    const [one] = this.opened;
    ok(one);
    return one;
  }
}

export async function withStage(
  run: (node: LiveNode, stage: Stage) => Promise<void>,
  limits: Partial<HttpLimits> = {},
  more: HttpRoutes = {},
): Promise<void> {
  const stage = new Stage();
  const routes: HttpRoutes = {
    '/events': stage.route(false),
    '/drains': stage.route(true),
    '/state': { GET: () => ({ status: 200, body: 'fine' }) },
    ...more,
  };
  const node = await liveNode({ routes, limits: { http: limits } });
  try {
    await run(node, stage);
  } finally {
    await node.close();
  }
}
