import { createRequire } from 'node:module';
import { AncillaryError } from '../errors/error.js';

export type Koffi = typeof import('koffi');

const require = createRequire(import.meta.url);

/**
 * Loads koffi when the first system call needs it, not before: the import of the package succeeds everywhere. Throws
 * one error that says what is missing.
 */
export function loadKoffi(): Koffi {
  if (process.platform !== 'linux') {
    throw new AncillaryError(
      'ERR_UNSUPPORTED',
      `sockets need Linux, this is ${process.platform}; ancillary/codec (encode, parse, walk) works everywhere`,
    );
  }
  try {
    return require('koffi') as Koffi;
  } catch (cause) {
    throw new AncillaryError(
      'ERR_UNSUPPORTED',
      `koffi has no binary for ${process.platform} ${process.arch} here; install koffi with its optional dependencies`,
      { cause },
    );
  }
}
