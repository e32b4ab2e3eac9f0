/**
 * `/files/*` of a master: none are shown. It writes its log where its output goes, so there is no
 * `/master/log`; who asks is told so as Mesos tells of a file that is not there, by 404.
 */
import { fileRoutes } from '../../../transport/http/files/file-routes.ts';
import type { FileTree } from '../../../transport/http/files/file-tree.ts';
import { ServedFiles } from '../../../transport/http/files/served-files.ts';
import type { HttpRoutes } from '../../../transport/http/message.ts';
import { READONLY_REALM } from './operator/operator-api.ts';

const NOTHING: FileTree = {
  locate: async () => undefined,
  attached: async () => ({}),
};

export function masterFileRoutes(): HttpRoutes {
  return fileRoutes(new ServedFiles(NOTHING), READONLY_REALM);
}
