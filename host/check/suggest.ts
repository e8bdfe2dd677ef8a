/** Letters from which on a beginning says which name is meant. */
const BEGINNING = 3;

/** `; did you mean 'x'?` with the known name that `given` begins, or is most likely a slip of; or nothing. */
export function didYouMean(given: string, known: Iterable<string>): string {
  let best: string | undefined;
  let begun: string | undefined;
  // One letter may be wrong and a third of the others; upper case and lower case differ by nothing.
  let least = Math.floor(given.length / 3) + 2;
  for (const name of known) {
    const distance = distanceOf(given.toLowerCase(), name.toLowerCase(), least);
    if (distance < least) [best, least] = [name, distance];
    if (given.length >= BEGINNING && name.toLowerCase().startsWith(given.toLowerCase())) begun ??= name;
  }
  const guess = begun ?? best;
  return guess === undefined ? '' : `; did you mean '${guess}'?`;
}

/** How many letters are to be inserted, left out or changed to make `b` of `a` (Levenshtein); `most` or more is `most`. */
function distanceOf(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1);
    }
    row = next;
  }
  return Math.min(row[b.length] as number, most);
}
