/** The maintenance schedule. Mesos, maintenance.proto and allocator.proto. */
import { enumeration, message, repeated, required } from '../definition.ts';

export const MAINTENANCE = {
  'maintenance.Window': message({
    machine_ids: repeated(1, 'MachineID'),
    unavailability: required(2, 'Unavailability'),
  }),
  'maintenance.Schedule': message({
    windows: repeated(1, 'maintenance.Window'),
  }),
  'maintenance.ClusterStatus': message({
    draining_machines: repeated(1, 'maintenance.ClusterStatus.DrainingMachine'),
    down_machines: repeated(2, 'MachineID'),
  }),
  'maintenance.ClusterStatus.DrainingMachine': message({
    id: required(1, 'MachineID'),
    statuses: repeated(2, 'allocator.InverseOfferStatus'),
  }),
  'allocator.InverseOfferStatus': message({
    status: required(1, 'allocator.InverseOfferStatus.Status'),
    framework_id: required(2, 'FrameworkID'),
    timestamp: required(3, 'TimeInfo'),
  }),
  'allocator.InverseOfferStatus.Status': enumeration({ UNKNOWN: 1, ACCEPT: 2, DECLINE: 3 }),
};
