/** Words on the stack: more than anything below a public function needs that makes a socket. */
const ENOUGH = new Array<number>(2048).fill(0);
/** The same for what looks at files as well, and may fail there. */
const PLENTY = new Array<number>(8192).fill(0);

/** Takes them all, each on the stack: how large the frames of a recursion are is up to the compiler. */
function take(..._words: number[]): void {}

/**
 * Throws RangeError now, while nothing has been done, where there is too little stack left to do it all: thrown in the
 * middle, it would find nobody with the stack to undo what was done.
 */
export function reserveStack(amount: 'enough' | 'plenty' = 'enough'): void {
  take(...(amount === 'plenty' ? PLENTY : ENOUGH));
}
