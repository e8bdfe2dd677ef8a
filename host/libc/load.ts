import { isAbsolute } from 'node:path';
import { AncillaryError } from '../errors/error.js';
import { builtin } from '../runtime/builtin.js';
import { loadKoffiBinary } from './koffi-binary.js';
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
  for (const place of withInstalledPackages(places)) {
    try {
      const load = builtin('module').createRequire(place);
      return loadKoffiBinary(load) ?? (load('koffi') as Koffi);
    } catch (cause) {
      const entry = resolve(place, 'koffi');
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

/** pnpm hides koffi from a bundle that lies beside node_modules, but not from the package that depends on it. */
function* withInstalledPackages(places: readonly string[]): Iterable<string> {
  for (const place of places) {
    yield place;
    const installed = resolve(place, 'ancillary');
    if (installed !== undefined) yield installed;
  }
}

function resolve(place: string, name: string): string | undefined {
  try {
    return builtin('module').createRequire(place).resolve(name);
  } catch {
    return undefined;
  }
}
