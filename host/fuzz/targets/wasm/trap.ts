import type { Verdict } from '../../target.js';
import { judgeThrown } from '../../thrown.js';

/** Thrown by proc_exit: there is no other way out of a module. */
export class Exit {
  constructor(readonly code: number) {}
}

/** Thrown where AssemblyScript's own `abort` is called. */
export class Abort {
  constructor(readonly place: string) {}
}

/** The verdict over what came out of a module; undefined where it ended well. */
export function judgeTrap(error: unknown): Verdict | undefined {
  if (error instanceof Exit) {
    if (error.code === 0) return undefined;
    return { class: `exit:${error.code}`, cause: `the module ended with proc_exit(${error.code})` };
  }
  if (error instanceof Abort) {
    return {
      class: `abort${error.place && `@${error.place}`}`,
      cause: `the module called abort${error.place && ` (${error.place})`}`,
    };
  }
  if (error instanceof RangeError && /call stack/i.test(error.message)) {
    return { class: 'trap:stack-overflow', cause: 'WebAssembly trapped: the stack overflowed' };
  }
  return judgeThrown(error);
}
