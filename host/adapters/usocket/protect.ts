import { throwLater } from '../base.js';

/** Calls listeners of a socket: what one throws is an uncaught exception, and no failure of the socket. */
export function protect(work: () => void): void {
  try {
    work();
  } catch (error) {
    throwLater(error);
  }
}
