/** `--rate-limits`: how fast frameworks may call, as JSON with the names that Mesos has. */
import type { Rate, RateLimit, RateLimits } from '../actors/master/rates/framework-rates.ts';
import { acceptor, array, number, object, string } from '../runtime/decode.ts';
import { type FlagUnit, FlagValueFault } from './flag-units.ts';

/** Principals that are named. */
const RATE_LIMITS_MAX = 10_000;
/** Of one of them. */
const PRINCIPAL_LENGTH_MAX = 4096;

interface SaidLimit {
  readonly principal: string;
  readonly qps?: number;
  readonly capacity?: number;
}

interface Said {
  readonly limits?: readonly SaidLimit[];
  readonly aggregate_default_qps?: number;
  readonly aggregate_default_capacity?: number;
}

const any = number(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
const room = number(0, Number.MAX_SAFE_INTEGER);
const limit = object<SaidLimit>(
  { principal: string(PRINCIPAL_LENGTH_MAX) },
  { qps: any, capacity: room },
);
const faultOf = acceptor(
  object<Said>(
    {},
    {
      limits: array(limit, RATE_LIMITS_MAX),
      aggregate_default_qps: any,
      aggregate_default_capacity: room,
    },
  ),
);

/** Source of the sentences: Mesos 1.11, master.cpp, Master::initialize. */
export const rateLimits: FlagUnit<RateLimits> = {
  placeholder: 'JSON',
  read(value) {
    const said = parsed(value);
    const limits = said.limits ?? [];
    const names = limits.map(({ principal }) => principal);
    const double = names.find((name, index) => names.indexOf(name) !== index);
    if (double !== undefined) {
      throw new FlagValueFault(`Duplicate principal ${double} found in RateLimits configuration`);
    }
    const rates = limits.map(({ principal, qps, capacity }): RateLimit => {
      const rate = rateOf('qps', qps, capacity);
      return { principal, ...(rate && { rate }) };
    });
    const { aggregate_default_qps: qps, aggregate_default_capacity: capacity } = said;
    const aggregateDefault = rateOf('aggregate_default_qps', qps, capacity);
    return { limits: rates, ...(aggregateDefault && { aggregateDefault }) };
  },
};

function parsed(value: string): Said {
  let said: unknown;
  try {
    said = JSON.parse(value);
  } catch {
    throw new FlagValueFault(
      'it must be JSON, such as {"limits": [{"principal": "ci", "qps": 50}]}',
    );
  }
  const fault = faultOf(said);
  if (fault !== undefined) throw new FlagValueFault(fault);
  return said as Said;
}

function rateOf(
  field: string,
  callsPerSecond: number | undefined,
  capacity: number | undefined,
): Rate | undefined {
  if (callsPerSecond === undefined) return undefined;
  if (!(callsPerSecond > 0)) {
    throw new FlagValueFault(`Invalid ${field}: ${callsPerSecond}. It must be a positive number`);
  }
  return { callsPerSecond, ...(capacity !== undefined && { capacity }) };
}
