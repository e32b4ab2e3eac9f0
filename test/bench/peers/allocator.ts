/**
 * One case of the allocator, of one size; prints a line of JSON with its figures.
 * usage: node --expose-gc allocator.js CASE AGENTS FRAMEWORKS [VARIANT]
 */
import { CASES } from '../allocator/cases.ts';
import type { Figure } from '../allocator/figures.ts';

const [name = '', agents = '', frameworks = '', variant = ''] = process.argv.slice(2);
const entry = CASES.get(name);
if (entry === undefined) throw new Error(`Unknown case "${name}"; there are ${[...CASES.keys()]}`);
const figures: Figure[] = [];
entry.run({ agents: Number(agents), frameworks: Number(frameworks) }, variant, (figure) => {
  figures.push(figure);
});
const peakBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ figures, peakBytes }));
