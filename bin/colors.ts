/** Colours: only where a terminal shows them, and never when NO_COLOR is set. */
import picocolors from 'picocolors';

export type Colors = ReturnType<typeof picocolors.createColors>;

export function colorsFor(stream: { readonly isTTY?: boolean }): Colors {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const isForced = FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0';
  const isRefused = NO_COLOR !== undefined && NO_COLOR !== '';
  return picocolors.createColors(
    !isRefused && (isForced || (stream.isTTY === true && TERM !== 'dumb')),
  );
}
