/** The command line of a cluster: `messor run`, `messor tasks`, `messor logs` … */
import { runCommand } from './cli/program.ts';
import { openDoor } from './door.ts';
import { VERSION } from './manifest.ts';

await openDoor('messor', () => runCommand(process.argv.slice(2), VERSION));
