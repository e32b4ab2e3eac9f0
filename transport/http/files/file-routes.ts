/**
 * `/files/browse`, `/files/read`, `/files/download` and `/files/debug`.
 *
 * `path=` says which; `read` takes `offset=` (-1, or none: only how long the file is) and `length=` (-1, or
 * none: as much as one answer holds, 64 KiB); the JSON of all but `download` can come as a script, by
 * `jsonp=`. Data is text: what is no UTF-8 is replaced, and a character that an answer would cut in two is
 * left to the next one, so that whoever adds up bytes reads on where he stopped.
 * Source: Mesos 1.11, src/files/files.cpp; src/common/http.cpp, `model(FileInfo)`.
 */
import { type Form, formValue, parseForm } from '../form.ts';
import { withJsonp } from '../jsonp.ts';
import {
  type HttpAnswer,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type HttpRoutes,
  jsonResponse,
  textResponse,
} from '../message.ts';
import { contentTypeOf } from './content-types.ts';
import { fileStream } from './file-stream.ts';
import { FileFault } from './file-tree.ts';
import { modeText } from './mode-text.ts';
import type { FileFacts, ServedFiles } from './served-files.ts';

/** @param realm that all of them belong to */
export function fileRoutes(files: ServedFiles, realm: string): HttpRoutes {
  const route = (answer: (form: Form) => Promise<HttpAnswer>) => ({
    realm,
    jsonAlias: true,
    GET: told(answer),
  });
  return {
    '/files/browse': route(async (form) => {
      const listed = await files.list(pathOf(form));
      return jsonResponse(200, listed.map(viewOf));
    }),
    '/files/read': route((form) => read(files, form)),
    '/files/download': route((form) => download(files, form)),
    '/files/debug': route(async () => jsonResponse(200, await files.attached())),
  };
}

/** As the old endpoints show it; the v1 API has fields of its own. */
function viewOf(facts: FileFacts): object {
  return {
    gid: facts.group,
    mode: modeText(facts.mode),
    mtime: facts.modifiedSeconds,
    nlink: facts.nlink,
    path: facts.path,
    size: facts.sizeBytes,
    uid: facts.user,
  };
}

async function read(files: ServedFiles, form: Form): Promise<HttpResponse> {
  const path = pathOf(form);
  const offset = numberOf(form, 'offset') ?? -1n;
  const length = numberOf(form, 'length') ?? -1n;
  if (offset === -1n) {
    const { sizeBytes } = await files.read(path, 0, 0);
    return dataResponse('', String(sizeBytes));
  }
  // Beyond what any file has, numbers need not be exact.
  const { bytes } = await files.read(
    path,
    Number(offset),
    length < 0n ? undefined : Number(length),
  );
  return dataResponse(Buffer.from(wholeCharacters(bytes)).toString(), String(offset));
}

function dataResponse(data: string, offset: string): HttpResponse {
  const body = `{"data":${JSON.stringify(data)},"offset":${offset}}`;
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

async function download(files: ServedFiles, form: Form): Promise<HttpAnswer> {
  const file = await files.open(pathOf(form), 'download');
  // What would end the name, or the header, is not part of it.
  const name = file.name.replaceAll(/[^ !#-[\]-~]/g, '_');
  return {
    status: 200,
    headers: {
      'content-type': contentTypeOf(file.name),
      'content-disposition': `attachment; filename="${name}"`,
      // A page that a task has written must not speak for this node.
      'x-content-type-options': 'nosniff',
    },
    stream: fileStream(file),
  };
}

function told(answer: (form: Form) => Promise<HttpAnswer>): HttpHandler {
  return async (request: HttpRequest) => {
    try {
      const form = parseForm(request.query);
      if (form === undefined) throw new FileFault(400, "Expecting 'path=value' in query.\n");
      const told = await answer(form);
      return 'stream' in told ? told : withJsonp(request, told);
    } catch (error) {
      if (error instanceof FileFault) return textResponse(error.status, error.message);
      throw error;
    }
  };
}

function pathOf(form: Form): string {
  const path = formValue(form, 'path') ?? '';
  if (path === '') throw new FileFault(400, "Expecting 'path=value' in query.\n");
  return path;
}

const INTEGER_64_END = 2n ** 63n;

/** @returns undefined when it is not given; -1 or more */
function numberOf(form: Form, name: 'offset' | 'length'): bigint | undefined {
  const text = formValue(form, name);
  if (text === undefined) return undefined;
  const number = /^[+-]?\d{1,20}$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
  if (number === undefined || number >= INTEGER_64_END || number < -INTEGER_64_END) {
    throw new FileFault(400, `Failed to parse ${name}: Failed to convert '${text}' to number.\n`);
  }
  if (number >= -1n) return number;
  throw new FileFault(400, `Negative ${name} provided: ${number}.\n`);
}

/** Without the begin of a character that ends behind the last byte, unless that is all there is. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  for (let count = 1; count <= 3 && count < bytes.length; count++) {
    const byte = bytes.at(-count) ?? 0;
    if (byte < 0x80) return bytes;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > count ? bytes.subarray(0, -count) : bytes;
  }
  return bytes;
}
