/**
 * What each task of the demo runs: counts the words of its portion of the files and prints them.
 * The files of portion 0 are in the first line of the list that is its argument, and so on.
 */
import { readFileSync } from 'node:fs';
import { countWords, formatCounts, mergeCounts } from './words.ts';

const [, , listFile = ''] = process.argv;
const { MESSOR_COPY_INDEX: portion } = process.env;
const line = readFileSync(listFile, 'utf8').split('\n')[Number(portion)];
const files = JSON.parse(line ?? '[]') as readonly string[];
const counts = mergeCounts(files.map((file) => countWords(readFileSync(file, 'utf8'))));
process.stdout.write(formatCounts(counts));
