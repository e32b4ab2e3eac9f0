/** A bar for each number, drawn with eighths of a character. */
import { colorsFor } from '../colors.ts';

/** In characters. */
const BAR_LENGTH_MAX = 40;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

export function renderBars(rows: readonly (readonly [name: string, value: number])[]): string {
  const valueMax = Math.max(1, ...rows.map(([, value]) => value));
  const nameLength = Math.max(0, ...rows.map(([name]) => name.length));
  const valueLength = String(valueMax).length;
  const { cyan } = colorsFor(process.stdout);
  return rows
    .map(([name, value]) => {
      const eighths = Math.round((value / valueMax) * BAR_LENGTH_MAX * 8);
      const bar = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
      return `  ${name.padEnd(nameLength)} ${String(value).padStart(valueLength)} ${cyan(bar)}\n`;
    })
    .join('');
}
