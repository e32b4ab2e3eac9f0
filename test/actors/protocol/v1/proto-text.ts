/**
 * The schema as a .proto file of its own, for programs that know protobuf but not Messor. Names have
 * `_` where Mesos nests; each enumeration is in a message, so that no two of its names meet.
 */
import type {
  Definitions,
  FieldDefinition,
  MessageDefinition,
} from '../../../../actors/protocol/v1/definition.ts';

/** A message that is called `Batch` has any number of each of the messages. */
export function protoText(definitions: Definitions): string {
  const parts = ['syntax = "proto2";'];
  const batch: string[] = [];
  for (const [name, definition] of Object.entries(definitions)) {
    if (definition.kind === 'message') {
      parts.push(messageText(name, definition, definitions));
      batch.push(`repeated ${flat(name)} ${flat(name)}_ = ${batch.length + 1};`);
    } else {
      const names = Object.entries(definition.numbers).map(
        ([word, number]) => `${word} = ${number};`,
      );
      parts.push(`message ${flat(name)} { enum Of { ${names.join(' ')} } }`);
    }
  }
  return [...parts, `message Batch { ${batch.join('\n')} }`, ''].join('\n');
}

function messageText(
  name: string,
  { fields }: MessageDefinition,
  definitions: Definitions,
): string {
  const lines = Object.entries(fields).map(([key, field]) => fieldText(key, field, definitions));
  return `message ${flat(name)} {\n${lines.join('\n')}\n}`;
}

function fieldText(name: string, field: FieldDefinition, definitions: Definitions): string {
  const { label, number, type, options } = field;
  const kind = definitions[type]?.kind;
  const typeText = kind === 'enum' ? `${flat(type)}.Of` : kind === 'message' ? flat(type) : type;
  if (label === 'map') return `map<string, ${typeText}> ${name} = ${number};`;
  const word = typeof options.default === 'string' && kind !== 'enum';
  const value = word ? `"${options.default}"` : options.default;
  const unset = options.default === undefined ? '' : ` [default = ${value}]`;
  return `${label} ${typeText} ${name} = ${number}${unset};`;
}

function flat(name: string): string {
  return name.replaceAll('.', '_');
}
