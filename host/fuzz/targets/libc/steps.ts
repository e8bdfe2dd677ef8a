/** How a walk over one buffer went, whoever walked. */
export interface Steps {
  /** How many headers were handed out. */
  count: number;
  /** Where they are: the first `count`. */
  readonly offsets: Float64Array;
  end: 'end' | 'loop' | 'back' | 'escape' | 'reject';
  /** Where the one is that ended it, as 64 bits with a sign; not looked at for `end`. */
  at: bigint;
}

/** For an input of `bytes`: each header is behind the one before. */
export function makeSteps(bytes: number): Steps {
  return { count: 0, offsets: new Float64Array(bytes + 1), end: 'end', at: 0n };
}

/** The first thing in which two walks part: a class and what each does; undefined where they are one. */
export function findParting(ours: Steps, theirs: Steps): { class: string; ours: string; theirs: string } | undefined {
  const shared = Math.min(ours.count, theirs.count);
  for (let i = 0; i < shared; i++) if (ours.offsets[i] !== theirs.offsets[i]) return partAt(i, ours, theirs);
  if (ours.count !== theirs.count) return partAt(shared, ours, theirs);
  if (ours.end !== theirs.end || (ours.end !== 'end' && ours.at !== theirs.at)) return partAt(shared, ours, theirs);
  return undefined;
}

/** `next|end`: what the row does at the point where they part, and what libc does there. */
function partAt(i: number, ours: Steps, theirs: Steps) {
  return { class: `${kindAt(i, ours)}|${kindAt(i, theirs)}`, ours: textAt(i, ours), theirs: textAt(i, theirs) };
}

function kindAt(i: number, { count, end }: Steps): string {
  return i < count ? 'next' : end;
}

function textAt(i: number, { count, offsets, end, at }: Steps): string {
  if (i < count) return `goes on to the header at ${offsets[i]}`;
  return end === 'end' ? 'ends' : `ends with ${end} at ${at}`;
}
