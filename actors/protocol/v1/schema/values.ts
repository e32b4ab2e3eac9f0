/** Values, and what is said about things by name and value. Mesos, mesos.proto. */
import { enumeration, message, optional, repeated, required } from '../definition.ts';

export const VALUES = {
  'Value.Type': enumeration({ SCALAR: 0, RANGES: 1, SET: 2, TEXT: 3 }),
  'Value.Scalar': message({
    value: required(1, 'double'),
  }),
  'Value.Range': message({
    begin: required(1, 'uint64'),
    end: required(2, 'uint64'),
  }),
  'Value.Ranges': message({
    range: repeated(1, 'Value.Range'),
  }),
  'Value.Set': message({
    item: repeated(1, 'string'),
  }),
  'Value.Text': message({
    value: required(1, 'string'),
  }),
  Attribute: message({
    name: required(1, 'string'),
    type: required(2, 'Value.Type'),
    scalar: optional(3, 'Value.Scalar'),
    ranges: optional(4, 'Value.Ranges'),
    set: optional(6, 'Value.Set'),
    text: optional(5, 'Value.Text'),
  }),
  Label: message({
    key: required(1, 'string'),
    value: optional(2, 'string'),
  }),
  Labels: message({
    labels: repeated(1, 'Label'),
  }),
  Parameter: message({
    key: required(1, 'string'),
    value: required(2, 'string'),
  }),
  Parameters: message({
    parameter: repeated(1, 'Parameter'),
  }),
  Flag: message({
    name: required(1, 'string'),
    value: optional(2, 'string'),
  }),
  Metric: message({
    name: required(1, 'string'),
    value: optional(2, 'double'),
  }),
  VersionInfo: message({
    version: required(1, 'string'),
    build_date: optional(2, 'string'),
    build_time: optional(3, 'double'),
    build_user: optional(4, 'string'),
    git_sha: optional(5, 'string'),
    git_branch: optional(6, 'string'),
    git_tag: optional(7, 'string'),
  }),
  FileInfo: message({
    path: required(1, 'string'),
    nlink: optional(2, 'int32'),
    size: optional(3, 'uint64'),
    mtime: optional(4, 'TimeInfo'),
    mode: optional(5, 'uint32'),
    uid: optional(6, 'string'),
    gid: optional(7, 'string'),
  }),
};
