/** Findings as files: the raw bytes, and what they show in a JSON file beside. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { invalidArgument } from '../errors/error.js';
import type { Finding } from './finding.js';
import { readRegular } from './regular-file.js';
import { writeWhole } from './whole-file.js';

const LONGEST_SLUG = 60;
/** A file that is longer is no input, but something else. */
const MOST_BYTES = 1 << 20;
/** The record has the input in it, in places. */
const MOST_RECORD = 16 << 20;

/** What the JSON file of a finding holds. */
export interface ArtifactRecord {
  target: string;
  class: string;
  cause: string;
  abi: string;
  between?: [string, string];
  against?: string;
  before?: string;
  type?: string;
  rate?: number;
  timeout: number;
  /** Decimal digits: a seed has 64 bits. */
  seed: string;
  bytes: number;
  isReproduced?: boolean;
  details?: Record<string, unknown>;
  /** Of the package that found it. */
  version: string;
}

/** The name of a finding's two files, without their endings: target, class, and eight digits of the bytes' SHA-256. */
export function artifactName({ target, class: name, input }: Pick<Finding, 'target' | 'class' | 'input'>): string {
  const hash = createHash('sha256').update(input).digest('hex').slice(0, 8);
  return [slugOf(target.replace(/:.*/s, '')), slugOf(name), hash].join('-');
}

function slugOf(text: string): string {
  const slug = text.toLowerCase().replace(/[^a-z0-9.]+/g, '-');
  return slug.slice(0, LONGEST_SLUG).replace(/^[-.]+|[-.]+$/g, '') || 'finding';
}

/** Saves a finding in `folder`, which is made where it is missing; returns the path of its bytes. Throws what node:fs throws. */
export function saveArtifact(folder: string, finding: Finding, version: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${artifactName(finding)}.bin`);
  writeArtifact(path, finding, version);
  return path;
}

/** Writes both files of a finding, its bytes at `path`. Throws what node:fs throws; no file that was there is gone then. */
export function writeArtifact(path: string, finding: Finding, version: string): void {
  const folder = dirname(path);
  const beside = recordPath(path);
  const isNew = !existsSync(beside);
  const record = `${JSON.stringify(recordOf(finding, version), null, 2)}\n`;
  // The bytes last: who sees them finds the record beside them.
  writeWhole(folder, basename(beside), record, { sync: true });
  try {
    writeWhole(folder, basename(path), finding.input, { sync: true });
  } catch (error) {
    if (isNew) rmSync(beside, { force: true });
    throw error;
  }
}

/** Removes both files of a finding that a shorter one stands for now. */
export function removeArtifact(path: string): void {
  for (const file of [path, recordPath(path)]) rmSync(file, { force: true });
}

/** What is kept beside a finding. */
export function recordOf(
  { target, class: name, cause, options, seed, input, isReproduced, details }: Finding,
  version: string,
) {
  const { abi, between, against, before, type, rate, timeout } = options;
  const record: ArtifactRecord = {
    target,
    class: name,
    cause,
    abi,
    ...(between && { between: [...between] }),
    ...(against !== undefined && { against }),
    ...(before !== undefined && { before }),
    ...(type !== undefined && { type }),
    ...(rate !== undefined && { rate }),
    timeout,
    seed: String(seed),
    bytes: input.length,
    ...(isReproduced !== undefined && { isReproduced }),
    ...(details && { details }),
    version,
  };
  return record;
}

function recordPath(path: string): string {
  return `${path.replace(/\.bin$/, '')}.json`;
}

/** The bytes of a file, which need not have been found by this program. */
export function readArtifactBytes(path: string): Uint8Array {
  return readRegular(path, MOST_BYTES);
}

/** The record beside the bytes, undefined where there is none; throws for one that says nothing. */
export function readArtifactRecord(path: string): Partial<ArtifactRecord> | undefined {
  const file = recordPath(path);
  let text: string;
  try {
    text = Buffer.from(readRegular(file, MOST_RECORD)).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record === 'object' && record !== null && !Array.isArray(record))
      return record as Partial<ArtifactRecord>;
  } catch {
    // Said below.
  }
  throw invalidArgument(`${file} is not what is kept beside a finding: it must be a JSON object`);
}
