import { AncillaryError } from '../../../errors/error.js';
import { native } from '../../../libc/native.js';
import type { FuzzOptions } from '../../options.js';
import { readRegular } from '../../regular-file.js';

/** Bytes beyond that are no opening of a session. */
const MOST = 65536;

/** The bytes of --before; none without it. */
export function readOpening({ before }: FuzzOptions): Uint8Array {
  if (before === undefined) return new Uint8Array();
  return readRegular(before, MOST, `what --before names, ${before}`);
}

/** What goes through this machine's kernel is of its ABI. */
export function checkOwnAbi({ abi }: FuzzOptions, what: string): void {
  const { abiId } = native();
  if (abi === abiId) return;
  throw new AncillaryError(
    'ERR_UNSUPPORTED',
    `cannot fuzz ${what} as ${abi}: this process runs on ${abiId}; leave --abi out`,
  );
}
