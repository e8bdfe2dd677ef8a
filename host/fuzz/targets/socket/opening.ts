import { readFileSync } from 'node:fs';
import { AncillaryError } from '../../../errors/error.js';
import { native } from '../../../libc/native.js';
import type { FuzzOptions } from '../../options.js';

/** Bytes beyond that are no opening of a session. */
const MOST = 65536;

/** The bytes of --before; none without it. */
export function readOpening({ before }: FuzzOptions): Uint8Array {
  if (before === undefined) return new Uint8Array();
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(before);
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    throw new AncillaryError(code, `cannot read what --before names, ${before}: ${message}`, { cause: error });
  }
  if (bytes.length <= MOST) return bytes;
  throw new AncillaryError('ERR_TOO_LARGE', `${before} has ${bytes.length} bytes: an opening may have ${MOST}`);
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
