/** Volumes on a real disk: made and destroyed as a whole, found by links, and out of other roles' way. */
import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { diskResourceStore } from '../../../../actors/agent/resources/resource-store.ts';
import { realVolumeDisk } from '../../../../actors/agent/resources/volume-disk.ts';
import { linkVolumes, unlinkVolumes } from '../../../../actors/agent/resources/volume-links.ts';
import { sandboxDisk } from '../../../../actors/agent/sandbox-disk.ts';
import type { ScalarResource } from '../../../../actors/protocol/resources.ts';
import { volume } from './nouns.ts';

const made: string[] = [];

afterEach(async () => {
  for (const path of made.splice(0)) await rm(path, { recursive: true, force: true });
});

async function place(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'messor-volumes-'));
  made.push(path);
  return path;
}

/** At this container path. */
function at(containerPath: string, of: ScalarResource): ScalarResource {
  return { ...of, disk: { ...of.disk, volume: { containerPath, mode: 'rw' } } };
}

test('volumes of two roles lie apart, and a role below another one has a name of its own', async () => {
  const root = await place();
  const disk = realVolumeDisk(root);
  const ofRole = (role: string) => volume('v', 10, { reservations: [{ type: 'dynamic', role }] });
  await disk.createVolumes([ofRole('ads'), ofRole('ads/web'), ofRole('eng')]);
  deepEqual((await readdir(join(root, 'volumes/roles'))).sort(), ['ads', 'ads web', 'eng']);
});

test('what is in a volume goes with it, all at once, and may go again', async () => {
  const root = await place();
  const disk = realVolumeDisk(root);
  await disk.createVolumes([volume('v'), volume('w')]);
  await writeFile(join(root, 'volumes/roles/ads/v/file'), 'data');
  await disk.createVolumes([volume('v')]);
  equal(await readFile(join(root, 'volumes/roles/ads/v/file'), 'utf8'), 'data');
  equal(await disk.destroyVolumes([volume('v')], 'removal'), undefined);
  equal(await disk.destroyVolumes([volume('v')], 'removal'), undefined);
  deepEqual(await readdir(join(root, 'volumes/roles/ads')), ['w']);
  deepEqual(await readdir(join(root, 'volumes/removed')), []);
});

test('what a crash left of a volume that was destroyed is removed later', async () => {
  const root = await place();
  await mkdir(join(root, 'volumes/removed/removal.0/below'), { recursive: true });
  await realVolumeDisk(root).sweepVolumes([]);
  deepEqual(await readdir(join(root, 'volumes/removed')), []);
});

test('of several volumes none is made or destroyed when one cannot be', async () => {
  const root = await place();
  const disk = realVolumeDisk(root);
  await disk.createVolumes([volume('v')]);
  const missing = volume('m', 10, {
    disk: { source: { type: 'mount', root: join(root, 'nowhere') } },
  });
  await rejects(disk.createVolumes([volume('w'), missing]), /nowhere/);
  await rejects(disk.destroyVolumes([volume('v'), missing], 'removal'), /nowhere/);
  deepEqual(await readdir(join(root, 'volumes/roles/ads')), ['v']);
});

test('a disk of its own is emptied, and its root stays', async () => {
  const [root, mount] = [await place(), await place()];
  const disk = realVolumeDisk(root);
  const whole = volume('v', 10, { disk: { source: { type: 'mount', root: mount } } });
  await disk.createVolumes([whole]);
  await mkdir(join(mount, 'lost+found'));
  await writeFile(join(mount, 'file'), 'data');
  await disk.destroyVolumes([whole], 'removal');
  deepEqual(await readdir(mount), ['lost+found']);
});

test('volumes of a path disk lie below its root, which is in the work directory when it is relative', async () => {
  const [root, other] = [await place(), await place()];
  const on = (where: string) =>
    volume('v', 10, { disk: { source: { type: 'path', root: where } } });
  await realVolumeDisk(root).createVolumes([on(other), on('below')]);
  deepEqual(await readdir(join(other, 'volumes/roles/ads')), ['v']);
  deepEqual(await readdir(join(root, 'below/volumes/roles/ads')), ['v']);
});

test('a task finds its volumes in its sandbox, also in directories that are not there yet', async () => {
  const root = await place();
  const sandbox = join(root, 'slaves/sandbox');
  await mkdir(sandbox, { recursive: true });
  await realVolumeDisk(root).createVolumes([volume('v'), volume('w')]);
  const links = [at('data', volume('v')), at('deep/down/data', volume('w'))];
  await linkVolumes(root, sandbox, links);
  await linkVolumes(root, sandbox, links);
  await writeFile(join(sandbox, 'data/file'), 'x');
  await writeFile(join(sandbox, 'deep/down/data/file'), 'y');
  equal(await readFile(join(root, 'volumes/roles/ads/v/file'), 'utf8'), 'x');
  await unlinkVolumes(root, sandbox, [links[0] as ScalarResource]);
  deepEqual(await readdir(sandbox), ['deep']);
  equal(await readFile(join(root, 'volumes/roles/ads/v/file'), 'utf8'), 'x');
});

test('the garbage collector removes links and not what they lead to', async () => {
  const root = await place();
  const sandbox = join(root, 'slaves/a/frameworks/f/executors/e/runs/c');
  await mkdir(sandbox, { recursive: true });
  await realVolumeDisk(root).createVolumes([volume('v')]);
  await linkVolumes(root, sandbox, [volume('v')]);
  await writeFile(join(sandbox, 'data/file'), 'x');
  await sandboxDisk(root).removeSandbox(sandbox);
  equal(await readFile(join(root, 'volumes/roles/ads/v/file'), 'utf8'), 'x');
  deepEqual(await sandboxDisk(root).listSandboxes(10), []);
});

test('a volume is put nowhere but into the sandbox, in nobody’s place, and only if it is there', async () => {
  const root = await place();
  const sandbox = join(root, 'slaves/sandbox');
  await mkdir(join(root, 'slaves/elsewhere'), { recursive: true });
  await mkdir(sandbox);
  await realVolumeDisk(root).createVolumes([volume('v')]);
  await writeFile(join(sandbox, 'taken'), '');
  await symlink(join(root, 'slaves/elsewhere'), join(sandbox, 'out'));
  const refused = async (path: string, of = volume('v')) => {
    const code = 'volumeNotLinked';
    let message = '';
    await rejects(linkVolumes(root, sandbox, [at(path, of)]), (error: Error & { code: string }) => {
      message = error.message;
      return error.code === code;
    });
    return message;
  };
  equal(
    await refused('taken'),
    'Cannot put the volume "v" at "taken" in the sandbox: something else is there',
  );
  match(await refused('out/data'), /it leads out of the sandbox$/);
  match(await refused('/data'), /it is not a relative path$/);
  match(await refused('../data'), /a part that is empty, "." or ".."$/);
  match(await refused('stdout'), /the output of the task is there$/);
  match(await refused('data', volume('gone')), /gone" is not there$/);
  equal(await readlink(join(sandbox, 'data')).catch(() => 'none'), 'none');
});

test('the record of resources is put in place as a whole', async () => {
  const root = await place();
  const store = diskResourceStore(root);
  equal(await store.read(), undefined);
  await store.replace('one\n');
  await store.replace('two\n');
  equal(await diskResourceStore(root).read(), 'two\n');
  deepEqual(await readdir(join(root, 'resources')), ['checkpoint']);
  await writeFile(join(root, 'resources/resources.info'), '');
  await rejects(store.read(), { code: 'checkpointForeign' });
});
