/** What roles are guaranteed and limited to. Mesos, quota.proto. */
import { map, message, optional, repeated, required } from '../definition.ts';

export const QUOTA = {
  'quota.QuotaInfo': message({
    role: optional(1, 'string'),
    principal: optional(2, 'string'),
    guarantee: repeated(3, 'Resource'),
  }),
  'quota.QuotaRequest': message({
    force: optional(1, 'bool'),
    role: optional(2, 'string'),
    guarantee: repeated(3, 'Resource'),
  }),
  'quota.QuotaConfig': message({
    role: required(1, 'string'),
    guarantees: map(2, 'Value.Scalar'),
    limits: map(3, 'Value.Scalar'),
  }),
  'quota.QuotaStatus': message({
    infos: repeated(1, 'quota.QuotaInfo'),
    configs: repeated(2, 'quota.QuotaConfig'),
  }),
};
