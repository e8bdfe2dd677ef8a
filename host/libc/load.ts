// Not `{ createRequire }`: webpack would follow that, and warn that it cannot tell from where.
import nodeModule from 'node:module';
import { isAbsolute } from 'node:path';
import { AncillaryError } from '../errors/error.js';
import { explainFailure, explainNotFound } from './koffi-failure.js';

export type Koffi = typeof import('koffi');

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
  const places = placesToLookFrom();
  let notFound: unknown;
  for (const place of places) {
    const require = nodeModule.createRequire(place);
    try {
      return require('koffi') as Koffi;
    } catch (cause) {
      const entry = resolve(require, 'koffi');
      if (entry !== undefined) throw explainFailure(entry, cause);
      notFound ??= cause;
    }
  }
  throw explainNotFound(places, notFound);
}

/**
 * This module, as each of the two module systems tells it, and the program. One is enough where the package is
 * installed. In a bundle the first may be empty (CommonJS), or still name the machine that made the bundle (webpack).
 */
function placesToLookFrom(): string[] {
  const url: string | undefined = import.meta.url;
  const places = [url, typeof __filename === 'string' ? __filename : undefined, process.argv[1]];
  return places.filter((place) => place !== undefined && (place.startsWith('file:') || isAbsolute(place))) as string[];
}

function resolve(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}
