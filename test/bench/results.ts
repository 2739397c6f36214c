import { appendFileSync, readFileSync } from 'node:fs';

/** One line of the table at the end. All as text, with units. */
export interface Result {
  what: string;
  virtgate: string;
  /** What it is compared with, in the same run. */
  beside: string;
  ratio: string;
}

const file = process.env.BENCH_RESULTS;

/** Kept for the table of `npm run bench`; a bench that is run by itself only prints. */
export function keep(...results: Result[]): void {
  if (file) appendFileSync(file, results.map((result) => `${JSON.stringify(result)}\n`).join(''));
}

export function kept(from: string): Result[] {
  return readFileSync(from, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
