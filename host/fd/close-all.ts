import { native } from '../libc/native.js';
import { closeFd, type OwnedFd } from './owned-fd.js';

/**
 * Closes every descriptor of `fds` that is still open. The kernel hands out the lowest free numbers, so those of one
 * message are mostly consecutive: a run of them is closed with one close_range(2).
 */
export function closeAll(fds: Iterable<OwnedFd>): void {
  const numbers: number[] = [];
  for (const fd of fds) if (!fd.closed) numbers.push(fd.release());
  closeNumbers(numbers);
}

/** Closes numbers; a failure is thrown when all have been tried. */
export function closeNumbers(numbers: number[]): void {
  if (!isAscending(numbers)) numbers.sort((a, b) => a - b);
  let failure: unknown;
  for (let i = 0; i < numbers.length; ) {
    const first = numbers[i] as number;
    let length = 1;
    while (numbers[i + length] === first + length) length++;
    // Before Linux 5.9, or where a sandbox refuses it, there is no close_range: one by one then.
    if (length === 1 || native().libc.closeRange(first, first + length - 1) < 0) {
      for (let fd = first; fd < first + length; fd++) {
        try {
          closeFd(fd);
        } catch (error) {
          failure ??= error;
        }
      }
    }
    i += length;
  }
  if (failure) throw failure;
}

function isAscending(numbers: number[]): boolean {
  for (let i = 1; i < numbers.length; i++) {
    if ((numbers[i] as number) <= (numbers[i - 1] as number)) return false;
  }
  return true;
}
