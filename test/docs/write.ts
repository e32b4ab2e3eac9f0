/** `npm run documents`: writes what the documents take from the code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, textOf } from './tables.ts';
import { asWritten, WRITTEN } from './written.ts';

for (const document of Object.keys(WRITTEN)) {
  writeFileSync(join(root, document), asWritten(document, textOf(document)));
}
