/**
 * Candidates on a stage: what the tests of a registry store do with them again and again, and what the
 * registry must be by now.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Candidate, Leader } from '../../actors/master/registry/leader.ts';
import {
  applyAll,
  type RegistryOperation,
  refusalOf,
} from '../../actors/master/registry/operations.ts';
import { emptyRegistry, type Registry } from '../../actors/master/registry/registry.ts';
import { registryFingerprint } from '../../actors/master/registry/snapshot.ts';
import type { StoreCluster } from './registry-store-cluster.ts';
import { type PlayedMaster, playMaster } from './registry-store-master.ts';

export class Stage {
  readonly cluster: StoreCluster;
  /** One for each candidate, in its present life. */
  masters: PlayedMaster[] = [];
  readonly expected: Registry = emptyRegistry();
  readonly #candidates: readonly Candidate[];

  constructor(cluster: StoreCluster, candidates: readonly Candidate[]) {
    this.cluster = cluster;
    this.#candidates = candidates;
  }

  async startAll(): Promise<void> {
    for (const candidate of this.#candidates) await this.start(candidate);
  }

  async start(candidate: Candidate): Promise<void> {
    const node = await this.cluster.start(candidate);
    this.masters = [...this.masters, playMaster(node, candidate)];
  }

  async kill(master: PlayedMaster): Promise<void> {
    await this.cluster.chaos.kill(master.candidate.node);
    this.checkNews();
    this.masters = this.masters.filter((one) => one !== master);
  }

  /** Waits until one leads in a later epoch than this. */
  async elected(afterEpoch = 0) {
    const find = () =>
      this.masters
        .filter(({ leading }) => leading !== undefined && leading.epoch > afterEpoch)
        .sort((one, other) => (other.leading?.epoch ?? 0) - (one.leading?.epoch ?? 0))[0];
    await this.cluster.until(
      `one is elected after epoch ${afterEpoch}`,
      () => find() !== undefined,
    );
    const master = find();
    const election = master?.elections.at(-1);
    ok(master !== undefined && election !== undefined);
    return { master, ...election };
  }

  async untilAllFollow(leader: Leader): Promise<void> {
    for (const master of this.masters) {
      if (master.leading?.epoch === leader.epoch) continue;
      await this.cluster.until(
        `${master.candidate.node} follows epoch ${leader.epoch}`,
        () => master.following?.epoch === leader.epoch,
      );
      deepEqual(master.following, leader);
    }
  }

  /** Has the newest leader write, and compares what comes of it. @returns the refusals */
  async keep(operations: readonly RegistryOperation[]): Promise<readonly (string | undefined)[]> {
    const { master } = await this.elected();
    const answer = await this.answerTo(master, master.write(operations));
    return this.checkAnswer(answer, operations);
  }

  async answerTo(master: PlayedMaster, writeNumber: number) {
    const find = () => master.answers.find((answer) => answer.writeNumber === writeNumber);
    await this.cluster.until('the write is answered', () => find() !== undefined);
    const answer = find();
    ok(answer !== undefined);
    return answer;
  }

  checkAnswer(
    answer: PlayedMaster['answers'][number] | undefined,
    operations: readonly RegistryOperation[],
  ): readonly (string | undefined)[] {
    const refusals = applyAll(this.expected, operations).map(refusalOf);
    ok(answer?.type === 'written', JSON.stringify(answer));
    deepEqual(answer.refusals, refusals);
    return refusals;
  }

  /** The leader resigns, and who leads next must have found everything, in its order. */
  async checkSuccessor(node?: string) {
    const { master, leader } = await this.elected();
    master.resign(node);
    const successor = await this.elected(leader.epoch);
    this.checkRegistry(successor.registry);
    return successor;
  }

  checkRegistry(registry: Registry): void {
    this.expected.leader = registry.leader;
    deepEqual(registry, this.expected);
    equal(registryFingerprint(registry), registryFingerprint(this.expected));
  }

  /** In every life: no news twice, and no leader of an earlier epoch than one before. */
  checkNews(): void {
    for (const { heard } of this.masters) {
      let lastEpoch = 0;
      let last = '';
      for (const news of heard) {
        if (news.type === 'mastersChanged') continue;
        const epoch = news.type === 'deposed' ? undefined : news.leader?.epoch;
        if (epoch !== undefined) ok(epoch > lastEpoch, `epoch ${epoch} after ${lastEpoch}`);
        lastEpoch = epoch ?? lastEpoch;
        const line = `${news.type} ${epoch}`;
        ok(line !== last || news.type === 'deposed', `${line} twice`);
        last = line;
      }
    }
  }
}
