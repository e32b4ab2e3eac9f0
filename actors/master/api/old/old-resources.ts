/**
 * `/reserve`, `/unreserve`, `/create-volumes`, `/destroy-volumes`: a form with `slaveId` and a list of
 * resources as JSON. Source of the sentences: Mesos 1.11, src/master/http.cpp.
 */
import { type Form, formValue, parseFormBody } from '../../../../transport/http/form.ts';
import { type HttpHandler, textResponse } from '../../../../transport/http/message.ts';
import { parseJson, readV1 } from '../../../protocol/v1/codec.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { V1Error } from '../../../protocol/v1/faults.ts';
import type { MasterCommands } from '../master-commands.ts';
import { changeResources } from '../operator/operator-resources.ts';

type Resources = readonly V1<'Resource'>[];

export function oldResourceHandlers(
  commands: MasterCommands,
): Readonly<Record<string, HttpHandler>> {
  const of = (operationOf: (form: Form) => V1<'Offer.Operation'>) => handler(commands, operationOf);
  return {
    '/reserve': of((form) => ({
      type: 'RESERVE',
      reserve: {
        resources: listOf(form, 'resources'),
        source: formValue(form, 'source') === undefined ? [] : listOf(form, 'source'),
      },
    })),
    '/unreserve': of((form) => ({
      type: 'UNRESERVE',
      unreserve: { resources: listOf(form, 'resources') },
    })),
    '/create-volumes': of((form) => ({
      type: 'CREATE',
      create: { volumes: listOf(form, 'volumes') },
    })),
    '/destroy-volumes': of((form) => ({
      type: 'DESTROY',
      destroy: { volumes: listOf(form, 'volumes') },
    })),
  };
}

function handler(
  commands: MasterCommands,
  operationOf: (form: Form) => V1<'Offer.Operation'>,
): HttpHandler {
  return (request) => {
    const form = parseFormBody(request.body);
    if (form === undefined) {
      return textResponse(
        400,
        'Unable to decode query string: malformed percent signs or no UTF-8',
      );
    }
    const agentId = formValue(form, 'slaveId');
    if (agentId === undefined) return textResponse(400, missing('slaveId'));
    let operation: V1<'Offer.Operation'>;
    try {
      operation = operationOf(form);
    } catch (error) {
      if (!(error instanceof V1Error)) throw error;
      return textResponse(400, error.message);
    }
    return changeResources(commands, agentId, operation, request);
  };
}

/** @throws V1Error */
function listOf(form: Form, key: string): Resources {
  const text = formValue(form, key);
  if (text === undefined) throw new V1Error('fieldMistyped', missing(key), '');
  try {
    const json = parseJson(new TextEncoder().encode(text));
    if (!Array.isArray(json)) throw new V1Error('fieldMistyped', 'Expecting a JSON array', '');
    return json.map((one) => readV1('Resource', one));
  } catch (error) {
    if (!(error instanceof V1Error)) throw error;
    const sentence = `Error parsing '${key}' query parameter in the request body: ${error.message}`;
    throw new V1Error(error.code, sentence, '');
  }
}

function missing(key: string): string {
  return `Missing '${key}' query parameter in the request body`;
}
