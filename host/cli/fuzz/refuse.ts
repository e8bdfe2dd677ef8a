import { AncillaryError } from '../../errors/error.js';
import { complain } from '../output.js';

/** Wrong usage and bad input; 1 says that something was found. */
const REFUSED = 2;

/** Does `work`; where what it was given cannot be used, says so in one line, has the command exit with 2, and returns undefined. */
export async function orRefuse<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    // The output that cannot be written to is not what was given.
    if (!(error instanceof AncillaryError) || error.syscall === 'write') throw error;
    complain(error.message);
    process.exitCode = REFUSED;
    return undefined;
  }
}
