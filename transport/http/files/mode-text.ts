/** The mode of a file as `ls -l` shows it: `-rw-r--r--`. Pure. */
const TYPES: ReadonlyMap<number, string> = new Map([
  [0o14, 's'],
  [0o12, 'l'],
  [0o10, '-'],
  [0o06, 'b'],
  [0o04, 'd'],
  [0o02, 'c'],
  [0o01, 'p'],
]);
const TYPE_SHIFT = 12;
const LETTERS = 'rwxrwxrwx';

/** @param mode as `stat` gives it */
export function modeText(mode: number): string {
  const letters = [...LETTERS].map((letter, index) => (mode & (0o400 >> index) ? letter : '-'));
  return `${TYPES.get(mode >> TYPE_SHIFT) ?? '-'}${letters.join('')}`;
}
