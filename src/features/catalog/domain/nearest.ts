const MOST = 3;
/** More than this share of the letters wrong is another name. */
const TOLERANCE = 0.4;

/** The names most like the given one, best first; at most three, none that are far off. */
export function nearest(name: string, names: readonly string[]): string[] {
  const wanted = name.toLowerCase().slice(0, 63);
  return names
    .map((candidate) => ({ candidate, distance: distance(wanted, candidate) }))
    .filter(
      ({ candidate, distance }) =>
        distance <= Math.max(1, Math.floor(wanted.length * TOLERANCE)) ||
        (wanted.length >= 2 && candidate.startsWith(wanted)),
    )
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, MOST)
    .map(({ candidate }) => candidate);
}

/** Levenshtein: how many letters must be put in, taken out or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
