/** A master as a registry store sees it: it writes down what it hears, and asks when it is told to. */

import { type FromRegistrarToMaster, registrar } from '../../actors/master/registrar.ts';
import type { Candidate, Leader } from '../../actors/master/registry/leader.ts';
import type { RegistryOperation } from '../../actors/master/registry/operations.ts';
import type { Registry } from '../../actors/master/registry/registry.ts';
import type {
  FromStoreToMastership,
  FromStoreToReader,
  FromStoreToRegistrar,
  RegistryStoreMessage,
} from '../../actors/master/registry/store.ts';
import { type Address, defineActor } from '../../runtime/actor.ts';
import type { StoreNode } from './registry-store-cluster.ts';

type Heard =
  | FromStoreToMastership
  | FromStoreToReader
  | FromStoreToRegistrar
  | FromRegistrarToMaster;

export interface PlayedMaster {
  readonly candidate: Candidate;
  /** All that the mastership heard. */
  readonly heard: readonly FromStoreToMastership[];
  readonly elections: readonly { readonly leader: Leader; readonly registry: Registry }[];
  /** All that a registrar would have heard. */
  readonly answers: readonly FromStoreToRegistrar[];
  /** As far as it knows, it itself. */
  readonly leading: Leader | undefined;
  /** As far as it knows, another one. */
  readonly following: Leader | undefined;
  /** Default epoch: that of its last election. @returns the number of the write */
  write(operations: readonly RegistryOperation[], epoch?: number): number;
  /** By a true registrar. @returns the answers, which come by and by */
  register(operations: readonly RegistryOperation[]): readonly FromRegistrarToMaster[];
  resign(node?: string): void;
  /** @returns the answer, which comes later */
  read(): { answer: FromStoreToReader | undefined };
}

const recorder = defineActor<{ readonly note: (message: Heard) => void }, undefined, Heard>({
  name: 'recorder',
  initialState: () => undefined,
  handlers: {
    elected: (_state, message, { options }) => options.note(message),
    deposed: (_state, message, { options }) => options.note(message),
    leaderChanged: (_state, message, { options }) => options.note(message),
    mastersChanged: (_state, message, { options }) => options.note(message),
    written: (_state, message, { options }) => options.note(message),
    writeFailed: (_state, message, { options }) => options.note(message),
    registryRead: (_state, message, { options }) => options.note(message),
    nothingToRead: (_state, message, { options }) => options.note(message),
    registryApplied: (_state, message, { options }) => options.note(message),
  },
});

export function playMaster(node: StoreNode, candidate: Candidate): PlayedMaster {
  const { system } = node;
  const heard: FromStoreToMastership[] = [];
  const answers: FromStoreToRegistrar[] = [];
  const elections: { leader: Leader; registry: Registry }[] = [];
  let leading: Leader | undefined;
  let following: Leader | undefined;
  let writeNumber = 0;
  const self = system.spawn(recorder, { note });
  const store: Address<RegistryStoreMessage> = node.startStore({ candidate, mastership: self });

  function note(message: Heard): void {
    switch (message.type) {
      case 'written':
      case 'writeFailed':
        answers.push(message);
        return;
      case 'registryApplied':
      case 'registryRead':
      case 'nothingToRead':
        return;
      case 'elected':
        elections.push(message);
        leading = message.leader;
        following = undefined;
        break;
      case 'deposed':
        leading = undefined;
        break;
      case 'leaderChanged':
        following = message.leader;
    }
    heard.push(message);
  }

  return {
    candidate,
    heard,
    elections,
    answers,
    get leading() {
      return leading;
    },
    get following() {
      return following;
    },
    write(operations, epoch = elections.at(-1)?.leader.epoch ?? 0) {
      writeNumber++;
      system.send(store, { type: 'write', epoch, writeNumber, operations, replyTo: self });
      return writeNumber;
    },
    register(operations) {
      const applied: FromRegistrarToMaster[] = [];
      const master = system.spawn(recorder, {
        note: (message) => void (message.type === 'registryApplied' && applied.push(message)),
      });
      const epoch = elections.at(-1)?.leader.epoch ?? 0;
      const writing = system.spawn(registrar, { master, store, epoch }, { onCrash: 'stop' });
      for (const operation of operations) system.send(writing, { type: 'apply', operation });
      return applied;
    },
    read() {
      const found: ReturnType<PlayedMaster['read']> = { answer: undefined };
      const replyTo = system.spawn(recorder, {
        note(message) {
          if (message.type === 'registryRead' || message.type === 'nothingToRead') {
            found.answer = message;
          }
        },
      });
      system.send(store, { type: 'read', readNumber: 1, replyTo });
      return found;
    },
    resign(to) {
      system.send(store, to === undefined ? { type: 'resign' } : { type: 'resign', node: to });
    },
  };
}
