/** More frames than anything below a public function has. */
const FRAMES = 400;

/**
 * Throws RangeError now, while nothing has been done, where there is too little stack left to do it all: thrown in the
 * middle, it would find nobody with the stack to undo what was done.
 */
export function reserveStack(frames = FRAMES): number {
  return frames === 0 ? 0 : 1 + reserveStack(frames - 1);
}
