import {
  AncillaryError,
  checkAddress,
  decodeAddress,
  EINVAL,
  ENAMETOOLONG,
  invalidArgument,
  PATH_MAX_BYTES,
  show,
} from '../base.js';
import { addressOf } from '../path-address.js';

/** Where to, or why there is no such place, as a system call would say it. */
export type Address =
  | { readonly checked: ReturnType<typeof checkAddress>; readonly errno?: undefined }
  | { readonly errno: number };

/** The address of a path; one with a NUL in front is an abstract name. */
export function addressAt(path: unknown): Address {
  if (typeof path !== 'string') throw invalidArgument(`a path must be a string, not ${show(path)}`);
  try {
    return { checked: checkAddress(addressOf(path)) };
  } catch (error) {
    if (!(error instanceof AncillaryError)) throw error;
    return { errno: Buffer.byteLength(path) > PATH_MAX_BYTES ? ENAMETOOLONG : EINVAL };
  }
}

/** The path in an address that the kernel wrote; null for one without a name, or with an abstract one. */
export function decodePath(bytes: Uint8Array): string | null {
  const address = decodeAddress(bytes);
  if (typeof address === 'string') return address;
  return address && 'path' in address ? Buffer.from(address.path).toString() : null;
}
