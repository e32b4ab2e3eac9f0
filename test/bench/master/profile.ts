/** A CPU profile of this process, if the bench was asked for one: to be opened in Chrome's DevTools. */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';

export interface Profile {
  readonly begin: () => void;
  readonly write: () => void;
}

export function profileInto(directory: string | undefined): Profile {
  if (directory === undefined) return { begin() {}, write() {} };
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  return {
    begin() {
      session.post('Profiler.stop');
      session.post('Profiler.start');
    },
    write() {
      session.post('Profiler.stop', (error, result) => {
        if (error !== null) return;
        const path = join(directory, `${process.pid}.cpuprofile`);
        writeFileSync(path, JSON.stringify(result.profile));
      });
    },
  };
}
