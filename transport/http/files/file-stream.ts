/**
 * A file as an answer: piece by piece, as fast as the client reads, as far as it went when it was opened.
 * Who reads slowly is waited for, with no more in memory than a stream may hold.
 */
import type { HttpStream, HttpStreamOpener } from '../stream-port.ts';
import type { OpenFile } from './served-files.ts';

const PIECE_BYTES = 262_144;

/** The file is closed when the stream is. */
export function fileStream(file: OpenFile): HttpStreamOpener {
  return (stream) => {
    let isClosed = false;
    let goOn = () => {};
    const untilDrained = () =>
      new Promise<void>((resolve) => {
        goOn = resolve;
      });
    const finished = copy(file, stream, {
      isClosed: () => isClosed,
      untilDrained,
    });
    return {
      drained: () => goOn(),
      closed: () => {
        isClosed = true;
        goOn();
        void finished.then(() => file.close()).catch(() => {});
      },
    };
  };
}

async function copy(
  file: OpenFile,
  stream: HttpStream,
  client: { isClosed(): boolean; untilDrained(): Promise<void> },
): Promise<void> {
  // What can't be read any more ends the answer where it is.
  const read = (offset: number) => {
    const length = Math.min(PIECE_BYTES, file.sizeBytes - offset);
    return length <= 0 ? undefined : file.read(offset, length).catch(() => undefined);
  };
  for (let offset = 0; ; ) {
    const piece = await read(offset);
    if (piece === undefined || piece.length === 0) break;
    while (!client.isClosed() && !stream.write(piece)) await client.untilDrained();
    if (client.isClosed()) return;
    offset += piece.length;
  }
  stream.end();
}
