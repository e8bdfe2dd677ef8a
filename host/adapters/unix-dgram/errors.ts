import { AncillaryError, errnoName } from '../base.js';

/** An error as that package has it: `code` and `errno` are the negative number, as programs that use it expect. */
export function errnoError(errno: number, syscall: string, why = ''): AncillaryError {
  const message = `${syscall} ${-errno}: ${errnoName(errno)}${why && `, ${why}`}`;
  return new AncillaryError(-errno as unknown as string, message, { errno: -errno, syscall });
}

/** The same of what a call of this library threw; what is no failure of the system is thrown on. */
export function asErrnoError(error: unknown, syscall: string): AncillaryError {
  if (!(error instanceof AncillaryError) || error.errno === undefined) throw error;
  const [, why = ''] = /: [A-Z0-9_]+, (.*)$/s.exec(error.message) ?? [];
  return errnoError(error.errno, syscall, why);
}

/** What a send gets while a connected peer takes no more: `writable` tells when it does. */
export function congestionError(): AncillaryError {
  return new AncillaryError(1 as unknown as string, 'congestion');
}
