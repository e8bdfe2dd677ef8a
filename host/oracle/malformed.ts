import { AncillaryError } from '../errors/error.js';

/** The error for a file that is not what its kind must be: one line that names the file's kind and what was wrong. */
export function malformed(kind: string, what: string): AncillaryError {
  return new AncillaryError('ERR_MALFORMED', `not a sound ${kind}: ${what}`);
}
