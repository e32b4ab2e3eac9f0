/** What to run, in which environment, and how to end it. Mesos, mesos.proto. */
import { enumeration, message, optional, repeated, required } from '../definition.ts';

export const COMMANDS = {
  CommandInfo: message({
    uris: repeated(1, 'CommandInfo.URI'),
    environment: optional(2, 'Environment'),
    shell: optional(6, 'bool', { default: true }),
    value: optional(3, 'string'),
    arguments: repeated(7, 'string'),
    user: optional(5, 'string'),
  }),
  'CommandInfo.URI': message({
    value: required(1, 'string'),
    executable: optional(2, 'bool'),
    extract: optional(3, 'bool', { default: true }),
    cache: optional(4, 'bool'),
    output_file: optional(5, 'string'),
  }),
  Environment: message({
    variables: repeated(1, 'Environment.Variable'),
  }),
  'Environment.Variable': message({
    name: required(1, 'string'),
    type: optional(3, 'Environment.Variable.Type', { default: 'VALUE' }),
    value: optional(2, 'string'),
    secret: optional(4, 'Secret'),
  }),
  'Environment.Variable.Type': enumeration({ UNKNOWN: 0, VALUE: 1, SECRET: 2 }),
  Secret: message({
    type: optional(1, 'Secret.Type'),
    reference: optional(2, 'Secret.Reference'),
    value: optional(3, 'Secret.Value'),
  }),
  'Secret.Type': enumeration({ UNKNOWN: 0, REFERENCE: 1, VALUE: 2 }),
  'Secret.Reference': message({
    name: required(1, 'string'),
    key: optional(2, 'string'),
  }),
  'Secret.Value': message({
    data: required(1, 'bytes'),
  }),
  Credential: message({
    principal: required(1, 'string'),
    secret: optional(2, 'string'),
  }),
  KillPolicy: message({
    grace_period: optional(1, 'DurationInfo'),
  }),
};
