/** The engine of readers on the thread that it is made on: as it is for tests, else in a worker. */

import { encodeRecord } from '../../../../transport/http/recordio.ts';
import { OLD_ANSWERS, OLD_FORMS } from '../old/old-answers.ts';
import { callAnswer, eventRecord, subscribedRecord } from '../operator/operator-answers.ts';
import { gauges } from './gauges.ts';
import type { ReadChange, ReadEngine, ReadQuestion } from './read-changes.ts';
import { ReadModel } from './read-model.ts';

export class ModelEngine {
  readonly #model = new ReadModel(OLD_FORMS);

  apply(changes: readonly ReadChange[]): void {
    this.#model.apply(changes);
  }

  answer(question: ReadQuestion): readonly Uint8Array[] {
    const model = this.#model;
    switch (question.kind) {
      case 'old':
        return [bytesOf(OLD_ANSWERS[question.read](model, question.query))];
      case 'call':
        return [callAnswer(model, question.call, question.encoding)];
      case 'subscribed':
        return [
          encodeRecord(subscribedRecord(model, question.encoding, question.heartbeatIntervalMs)),
        ];
      case 'events':
        return question.events.map((event) => encodeRecord(eventRecord(event, question.encoding)));
      case 'gauges':
        return [bytesOf(JSON.stringify(gauges(model, question.frameworkCountMax)))];
    }
  }
}

/** Answers soon, and in order. */
export function modelEngine(): ReadEngine {
  const engine = new ModelEngine();
  return {
    apply: (changes) => engine.apply(changes),
    ask: async (question) => engine.answer(question),
    close: async () => {},
  };
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
