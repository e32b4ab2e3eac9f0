/** File systems of containers: images and volumes of all sources. Mesos, mesos.proto. */
import { enumeration, map, message, optional, repeated, required } from '../definition.ts';

export const IMAGES_AND_VOLUMES = {
  Image: message({
    type: required(1, 'Image.Type'),
    appc: optional(2, 'Image.Appc'),
    docker: optional(3, 'Image.Docker'),
    cached: optional(4, 'bool', { default: true }),
  }),
  'Image.Type': enumeration({ APPC: 1, DOCKER: 2 }),
  'Image.Appc': message({
    name: required(1, 'string'),
    id: optional(2, 'string'),
    labels: optional(3, 'Labels'),
  }),
  'Image.Docker': message({
    name: required(1, 'string'),
    credential: optional(2, 'Credential'),
    config: optional(3, 'Secret'),
  }),
  MountPropagation: message({
    mode: optional(1, 'MountPropagation.Mode'),
  }),
  'MountPropagation.Mode': enumeration({ UNKNOWN: 0, HOST_TO_CONTAINER: 1, BIDIRECTIONAL: 2 }),
  Volume: message({
    mode: required(3, 'Volume.Mode'),
    container_path: required(1, 'string'),
    host_path: optional(2, 'string'),
    image: optional(4, 'Image'),
    source: optional(5, 'Volume.Source'),
  }),
  'Volume.Mode': enumeration({ RW: 1, RO: 2 }),
  'Volume.Source': message({
    type: optional(1, 'Volume.Source.Type'),
    docker_volume: optional(2, 'Volume.Source.DockerVolume'),
    host_path: optional(5, 'Volume.Source.HostPath'),
    sandbox_path: optional(3, 'Volume.Source.SandboxPath'),
    secret: optional(4, 'Secret'),
    csi_volume: optional(6, 'Volume.Source.CSIVolume'),
  }),
  'Volume.Source.Type': enumeration({
    UNKNOWN: 0,
    DOCKER_VOLUME: 1,
    HOST_PATH: 4,
    SANDBOX_PATH: 2,
    SECRET: 3,
    CSI_VOLUME: 5,
  }),
  'Volume.Source.DockerVolume': message({
    driver: optional(1, 'string'),
    name: required(2, 'string'),
    driver_options: optional(3, 'Parameters'),
  }),
  'Volume.Source.HostPath': message({
    path: required(1, 'string'),
    mount_propagation: optional(2, 'MountPropagation'),
  }),
  'Volume.Source.SandboxPath': message({
    type: optional(1, 'Volume.Source.SandboxPath.Type'),
    path: required(2, 'string'),
  }),
  'Volume.Source.SandboxPath.Type': enumeration({ UNKNOWN: 0, SELF: 1, PARENT: 2 }),
  'Volume.Source.CSIVolume': message({
    plugin_name: required(1, 'string'),
    static_provisioning: optional(2, 'Volume.Source.CSIVolume.StaticProvisioning'),
  }),
  'Volume.Source.CSIVolume.VolumeCapability': message({
    block: optional(1, 'Volume.Source.CSIVolume.VolumeCapability.BlockVolume', {
      oneof: 'access_type',
    }),
    mount: optional(2, 'Volume.Source.CSIVolume.VolumeCapability.MountVolume', {
      oneof: 'access_type',
    }),
    access_mode: required(3, 'Volume.Source.CSIVolume.VolumeCapability.AccessMode'),
  }),
  'Volume.Source.CSIVolume.VolumeCapability.BlockVolume': message({}),
  'Volume.Source.CSIVolume.VolumeCapability.MountVolume': message({
    fs_type: optional(1, 'string'),
    mount_flags: repeated(2, 'string'),
  }),
  'Volume.Source.CSIVolume.VolumeCapability.AccessMode': message({
    mode: required(1, 'Volume.Source.CSIVolume.VolumeCapability.AccessMode.Mode'),
  }),
  'Volume.Source.CSIVolume.VolumeCapability.AccessMode.Mode': enumeration({
    UNKNOWN: 0,
    SINGLE_NODE_WRITER: 1,
    SINGLE_NODE_READER_ONLY: 2,
    MULTI_NODE_READER_ONLY: 3,
    MULTI_NODE_SINGLE_WRITER: 4,
    MULTI_NODE_MULTI_WRITER: 5,
  }),
  'Volume.Source.CSIVolume.StaticProvisioning': message({
    volume_id: required(1, 'string'),
    volume_capability: required(2, 'Volume.Source.CSIVolume.VolumeCapability'),
    node_stage_secrets: map(3, 'Secret'),
    node_publish_secrets: map(4, 'Secret'),
    volume_context: map(5, 'string'),
  }),
};
