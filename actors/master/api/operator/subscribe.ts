/** SUBSCRIBE: a stream of events for as long as the client stays. */
import type { System } from '../../../../runtime/system.ts';
import { contentHeaders } from '../../../../transport/http/negotiation.ts';
import { NOT_NOW } from '../old/read-route.ts';
import type { Reads } from '../snapshot/reads.ts';
import type { OperatorCallHandler } from './operator-api.ts';
import { operatorStream } from './operator-stream.ts';

export function subscribeHandler(
  reads: Reads,
  system: () => System | undefined,
): OperatorCallHandler {
  return ({ encoding }) => {
    const node = system();
    if (node === undefined) return NOT_NOW;
    return {
      status: 200,
      headers: contentHeaders({ encoding, isRecordio: false }),
      stream: (stream) => {
        const { heartbeatIntervalMs } = reads;
        const actor = node.spawn(
          operatorStream,
          {
            stream,
            encoding,
            reads,
            heartbeatIntervalMs,
            send: (to, message) => node.send(to, message),
          },
          { light: true },
        );
        return {
          drained: () => node.send(actor, { type: 'drained' }),
          closed: () => node.send(actor, { type: 'closed' }),
        };
      },
    };
  };
}
