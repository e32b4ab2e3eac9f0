/** What a scheduler says of its framework, read for the master. */
import { acceptor } from '../../../../runtime/decode.ts';
import type { FrameworkId } from '../../../protocol/ids.ts';
import { frameworkInfo, roles } from '../../../protocol/nouns.ts';
import { offerConstraints as offerConstraintsCheck } from '../../../protocol/offer-constraints.ts';
import { jsonTextOf } from '../../../protocol/v1/codec.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { formOf } from '../../../protocol/v1/framework-form.ts';
import { readWith } from '../../../protocol/v1/reading.ts';
import { toFramework } from '../../../protocol/v1/to-nouns/frameworks.ts';
import { toOfferConstraints } from '../../../protocol/v1/to-nouns/offer-constraints.ts';
import type { Framework } from './orders.ts';

/** What `subscribe` and `update_framework` have in common. */
type Said = V1<'scheduler.Call.Subscribe'>;

/** Fields named in the log; the others are counted. */
const LEFT_COUNT_MAX = 10;

const infoFault = acceptor(frameworkInfo);
const rolesFault = acceptor(roles);
const offerConstraintsFault = acceptor(offerConstraintsCheck);

/** @param principal of who asks: the framework has it when it names none */
export function readFramework(said: Said, principal: string | undefined): Framework {
  const named = principal === undefined ? {} : { principal };
  const given: V1<'FrameworkInfo'> = { ...named, ...said.framework_info };
  const reading = readWith((report) => toFramework(given, report, 'framework_info'));
  const id = given.id?.value ?? '';
  const suppressedRoles = said.suppressed_roles ?? [];
  // Without its id: it is the same text before and after it has one.
  const original = jsonTextOf('FrameworkInfo', { ...given, id: undefined });
  const info = { ...reading.noun, original };
  const refused =
    reading.invalid[0]?.sentence ??
    malformed('framework_info', infoFault(info)) ??
    malformed('suppressed_roles', rolesFault(suppressedRoles));
  const faults: string[] = [];
  const offerConstraints = toOfferConstraints(said.offer_constraints ?? {}, (sentence) =>
    faults.push(sentence),
  );
  const constraintsRefused =
    faults[0] ?? malformed('offer_constraints', offerConstraintsFault(offerConstraints));
  return {
    ...(id === '' ? {} : { frameworkId: id as FrameworkId }),
    info,
    suppressedRoles,
    ...(offerConstraints.length > 0 && { offerConstraints }),
    form: formOf(given),
    left: leftOf(reading.notSupported.map(({ path, value }) => value ?? path)),
    ...(refused === undefined ? {} : { refused }),
    ...(constraintsRefused === undefined ? {} : { constraintsRefused }),
  };
}

function malformed(what: string, fault: string | undefined): string | undefined {
  return fault === undefined ? undefined : `'${what}' can't be read: ${fault}`;
}

function leftOf(fields: readonly string[]): readonly string[] {
  const more = fields.length - LEFT_COUNT_MAX;
  if (more <= 0) return fields;
  return [...fields.slice(0, LEFT_COUNT_MAX), `${more} more`];
}
