import { AncillaryError } from '../../../errors/error.js';
import type { Native } from '../../../libc/native.js';
import { verdictOf } from '../../../oracle/answer.js';
import { compareWalks, findNextHeader } from '../../../oracle/libc/nxthdr.js';
import { glibcVersion, walksOf } from '../../../oracle/libc/version.js';

/** __cmsg_nxthdr(msghdr, cmsghdr): native addresses in, one out, 0 for NULL; a bigint where a number is too small. */
export type NextHeader = (msghdr: number, cmsghdr: number) => number | bigint;

export interface OwnWalk {
  readonly nextHeader: NextHeader;
  /** Id of the walk that this libc has. */
  readonly dialect: string;
}

/**
 * The C library's own function and the walk that its version has; where a version may have either of two, the one that
 * agrees on buffers on which no walk reads what it may not. Throws where the library exports no function.
 */
export function findOwnWalk({ codec, koffi, libc, abiId }: Native): OwnWalk {
  const nextHeader = libc.name === 'glibc' ? findNextHeader() : undefined;
  if (!nextHeader) {
    throw new AncillaryError(
      'ERR_UNSUPPORTED',
      `cannot fuzz libc: ${libc.name} exports no __cmsg_nxthdr, its macro is compiled into every program; ` +
        'fuzz dialects, which has its walk',
    );
  }
  const possible = walksOf(glibcVersion(koffi));
  const agrees = (dialect: string) =>
    verdictOf((count) => compareWalks(codec, abiId, dialect, nextHeader, count)).state === 'agrees';
  // Where none agrees, the run shows on what they part.
  const dialect = possible.find(agrees) ?? (possible[0] as string);
  return { nextHeader, dialect };
}
