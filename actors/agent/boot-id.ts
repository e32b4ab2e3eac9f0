/** Which of its lives a machine is in: another one with every boot. */
import { readFile } from 'node:fs/promises';

/** Empty where the system doesn't tell: all lives are one then. */
export async function readBootId(): Promise<string> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return text.trim();
}
