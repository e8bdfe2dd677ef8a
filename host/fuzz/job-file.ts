import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AncillaryError } from '../errors/error.js';

/** Beside the command, or above the chunk that this has been put into. */
const PLACES = ['fuzz-job.js', '../fuzz-job.js'];

/** The program of a job. */
export function findJobFile(): string {
  const files = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = files.find((file) => existsSync(file));
  if (found === undefined) throw new AncillaryError('ENOENT', `${files[0]} is missing: install the package anew`);
  return found;
}
