/** LIST_FILES and READ_FILE: of the files that a master shows there is its log, where that is kept in one. */
import { FileFault } from '../../../../transport/http/files/file-tree.ts';
import type { ServedFiles } from '../../../../transport/http/files/served-files.ts';
import { type HttpAnswer, textResponse } from '../../../../transport/http/message.ts';
import { fromFiles, fromFileText, toFilePart } from '../../../protocol/v1/from-nouns/files.ts';
import { answered, type OperatorCallHandlers } from './operator-api.ts';

export function operatorFiles(
  files: ServedFiles,
): Pick<OperatorCallHandlers, 'LIST_FILES' | 'READ_FILE'> {
  return {
    LIST_FILES: ({ encoding, call }) =>
      told(async () => {
        const list_files = fromFiles(await files.list(call.list_files?.path ?? ''));
        return answered(encoding, { type: 'LIST_FILES', list_files });
      }),
    READ_FILE: ({ encoding, call: { read_file: asked } }) =>
      told(async () => {
        const { offset, length } = toFilePart(asked ?? { offset: 0n });
        const read_file = fromFileText(await files.read(asked?.path ?? '', offset, length));
        return answered(encoding, { type: 'READ_FILE', read_file });
      }),
  };
}

async function told(answer: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof FileFault) return textResponse(error.status, error.message);
    throw error;
  }
}
