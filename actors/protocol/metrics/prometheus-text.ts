/**
 * Metrics as Prometheus reads them, by families: `# HELP`, `# TYPE`, and a line for each sample.
 * Source: Prometheus, exposition formats, text format 0.0.4.
 */
import { type MetricFamily, metricFamilies } from './families.ts';
import type { Metrics } from './tally.ts';

export function prometheusText(metrics: Metrics): string {
  let text = '';
  for (const family of metricFamilies(metrics)) text += familyText(family);
  return text;
}

function familyText({ name, help, type, samples }: MetricFamily): string {
  let text = `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`;
  for (const { suffix = '', labels = {}, value } of samples) {
    text += `${name}${suffix}${labelsText(labels)} ${valueText(value)}\n`;
  }
  return text;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  let text = '';
  for (const name in labels) {
    text += `${text === '' ? '{' : ','}${name}="${escaped(labels[name] ?? '').replaceAll('"', '\\"')}"`;
  }
  return text === '' ? '' : `${text}}`;
}

function escaped(text: string): string {
  if (!/[\\\n]/.test(text)) return text;
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function valueText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
