/**
 * Families of metrics as Prometheus reads them: `# HELP`, `# TYPE`, and a line for each sample.
 * Source: Prometheus, exposition formats, text format 0.0.4.
 */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface PrometheusFamily {
  /** Characters that a name may not have become `_`. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'summary';
  readonly samples: readonly PrometheusSample[];
}

interface PrometheusSample {
  /** Behind the name of the family: `_sum`, `_count` of a summary. */
  readonly suffix?: '_sum' | '_count';
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export function prometheusText(families: Iterable<PrometheusFamily>): string {
  let text = '';
  for (const { name: given, help, type, samples } of families) {
    const name = given.replaceAll(/[^A-Za-z0-9_:]/g, '_');
    text += `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`;
    for (const { suffix = '', labels = {}, value } of samples) {
      text += `${name}${suffix}${labelsText(labels)} ${valueText(value)}\n`;
    }
  }
  return text;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function valueText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
