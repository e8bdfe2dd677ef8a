/** An input with as little in it as still does the same. Deterministic; ends always. */

export interface MinimizeOptions {
  /** How many inputs may be tried. */
  tries: number;
}

/** Returns the smallest input that was met for which `isStill` is true, as it is taken to be for `input` itself. */
export async function minimize(
  input: Uint8Array,
  isStill: (input: Uint8Array) => boolean | Promise<boolean>,
  { tries }: MinimizeOptions,
): Promise<Uint8Array> {
  let best: Uint8Array = input;
  let left = tries;
  const accepts = async (candidate: Uint8Array): Promise<boolean> => {
    if (left <= 0) return false;
    left -= 1;
    if (!(await isStill(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let before = -1; before !== best.length && left > 0; ) {
    before = best.length;
    for (let piece = powerBelow(best.length); piece >= 1; piece >>= 1) {
      // From behind: what follows keeps its place.
      for (let at = best.length - piece; at >= 0; at -= piece) await accepts(without(best, at, piece));
    }
  }
  for (let piece = powerBelow(best.length); piece >= 1; piece >>= 1) {
    for (let at = 0; at < best.length; at += piece) {
      if (best.subarray(at, at + piece).some((byte) => byte !== 0)) await accepts(cleared(best, at, piece));
    }
  }
  return best;
}

/** The greatest power of two that is not above `size`; 0 for 0. */
function powerBelow(size: number): number {
  return size === 0 ? 0 : 2 ** Math.floor(Math.log2(size));
}

function without(bytes: Uint8Array, at: number, size: number): Uint8Array {
  const rest = new Uint8Array(bytes.length - size);
  rest.set(bytes.subarray(0, at));
  rest.set(bytes.subarray(at + size), at);
  return rest;
}

function cleared(bytes: Uint8Array, at: number, size: number): Uint8Array {
  return bytes.slice().fill(0, at, at + size);
}
