/** As much of the npm package `mesos-framework`, which brings no types, as the tests use. */
declare module 'mesos-framework' {
  import type { EventEmitter } from 'node:events';

  interface Status {
    readonly task_id: { readonly value: string };
    readonly agent_id: { readonly value: string };
    readonly state: string;
    readonly reason?: string;
    readonly uuid?: string;
  }

  class Scheduler extends EventEmitter {
    constructor(options: object);
    readonly options: { readonly port: number | string };
    subscribe(): void;
    kill(taskId: string, agentId: string): void;
    teardown(): void;
    on(event: 'update', listener: (update: { readonly status: Status }) => void): this;
    on(event: 'subscribed', listener: (told: { readonly frameworkId: string }) => void): this;
    on(event: 'ready' | 'sent_teardown' | 'sent_acknowledge', listener: () => void): this;
    on(event: 'error', listener: (error: { readonly message?: string } | string) => void): this;
  }

  const Mesos: {
    getMesos(): {
      readonly CommandInfo: new (...fields: readonly unknown[]) => object;
    };
  };

  const package_: { readonly Scheduler: typeof Scheduler; readonly Mesos: typeof Mesos };
  export default package_;
}
