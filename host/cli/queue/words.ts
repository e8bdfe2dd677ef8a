/** What the library advises, in the words of the command. */
import { AncillaryError } from '../../errors/error.js';

/** What the library calls it, and what the command does. */
const WORDS: readonly [library: string, command: string][] = [
  ['cut it with noError', 'cut it with --no-error'],
  ['create without exclusive', 'leave out --exclusive'],
  [
    'receive some of it, wait, or raise its qbytes with set()',
    'receive some of it, give --wait, or have its qbytes raised',
  ],
  ['raise that with set()', 'have that raised'],
];

/** Runs `act`; an error of it advises what can be done on the command line. */
export async function withCommandWords<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof AncillaryError) {
      for (const [library, command] of WORDS) error.message = error.message.replace(library, command);
    }
    throw error;
  }
}
