/** Checks and health checks, and what a check found. Mesos, mesos.proto. */
import { enumeration, message, optional, repeated, required } from '../definition.ts';

export const CHECKS = {
  CheckInfo: message({
    type: optional(1, 'CheckInfo.Type'),
    command: optional(2, 'CheckInfo.Command'),
    http: optional(3, 'CheckInfo.Http'),
    tcp: optional(7, 'CheckInfo.Tcp'),
    delay_seconds: optional(4, 'double', { default: 15 }),
    interval_seconds: optional(5, 'double', { default: 10 }),
    timeout_seconds: optional(6, 'double', { default: 20 }),
  }),
  'CheckInfo.Type': enumeration({ UNKNOWN: 0, COMMAND: 1, HTTP: 2, TCP: 3 }),
  'CheckInfo.Command': message({
    command: required(1, 'CommandInfo'),
  }),
  'CheckInfo.Http': message({
    port: required(1, 'uint32'),
    path: optional(2, 'string'),
  }),
  'CheckInfo.Tcp': message({
    port: required(1, 'uint32'),
  }),
  HealthCheck: message({
    delay_seconds: optional(2, 'double', { default: 15 }),
    interval_seconds: optional(3, 'double', { default: 10 }),
    timeout_seconds: optional(4, 'double', { default: 20 }),
    consecutive_failures: optional(5, 'uint32', { default: 3 }),
    grace_period_seconds: optional(6, 'double', { default: 10 }),
    type: optional(8, 'HealthCheck.Type'),
    command: optional(7, 'CommandInfo'),
    http: optional(1, 'HealthCheck.HTTPCheckInfo'),
    tcp: optional(9, 'HealthCheck.TCPCheckInfo'),
  }),
  'HealthCheck.Type': enumeration({ UNKNOWN: 0, COMMAND: 1, HTTP: 2, TCP: 3 }),
  'HealthCheck.HTTPCheckInfo': message({
    protocol: optional(5, 'NetworkInfo.Protocol', { default: 'IPv4' }),
    scheme: optional(3, 'string'),
    port: required(1, 'uint32'),
    path: optional(2, 'string'),
    statuses: repeated(4, 'uint32'),
  }),
  'HealthCheck.TCPCheckInfo': message({
    protocol: optional(2, 'NetworkInfo.Protocol', { default: 'IPv4' }),
    port: required(1, 'uint32'),
  }),
  CheckStatusInfo: message({
    type: optional(1, 'CheckInfo.Type'),
    command: optional(2, 'CheckStatusInfo.Command'),
    http: optional(3, 'CheckStatusInfo.Http'),
    tcp: optional(4, 'CheckStatusInfo.Tcp'),
  }),
  'CheckStatusInfo.Command': message({
    exit_code: optional(1, 'int32'),
  }),
  'CheckStatusInfo.Http': message({
    status_code: optional(1, 'uint32'),
  }),
  'CheckStatusInfo.Tcp': message({
    succeeded: optional(1, 'bool'),
  }),
};
