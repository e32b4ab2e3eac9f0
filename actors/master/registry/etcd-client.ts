/**
 * The port to an etcd: text there, text back. What is asked and what the answers mean is said in
 * `etcd-questions.ts`; `bin/etcd-client.ts` implements the port on HTTP.
 */
import { refusalOf } from './etcd-errors.ts';

/** Of etcd's gateway, since version 3.4. */
export type EtcdPath =
  | '/v3/kv/txn'
  | '/v3/lease/grant'
  | '/v3/lease/keepalive'
  | '/v3/lease/revoke';

export interface EtcdClient {
  /** As people name it: `etcd://a:2379,b:2379`. */
  readonly place: string;
  /**
   * Asks one endpoint after the other, each at most so long, until one answers, whatever it says.
   * What was not answered may have been done all the same. Rejects with `etcdUnreachable`.
   */
  ask(path: EtcdPath, body: string, timeoutMs: number): Promise<EtcdAnswer>;
  /** Asks, and nobody waits for the answer. */
  tell(path: EtcdPath, body: string): void;
}

export interface EtcdAnswer {
  /** Of HTTP. */
  readonly status: number;
  readonly text: string;
}

export interface EtcdQuestion<Value> {
  readonly path: EtcdPath;
  readonly body: object;
  /** @throws CodedError when it is not what an etcd says, or not what we have written there */
  readonly read: (text: string) => Value;
}

/** Rejects with a CodedError. */
export async function askEtcd<Value>(
  client: EtcdClient,
  { path, body, read }: EtcdQuestion<Value>,
  timeoutMs: number,
): Promise<Value> {
  const { status, text } = await client.ask(path, JSON.stringify(body), timeoutMs);
  if (status !== 200) throw refusalOf(status, text);
  return read(text);
}
