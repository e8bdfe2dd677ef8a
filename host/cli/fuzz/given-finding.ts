/** The input of a file, and the target that it is to be tried with: of the record beside it, or of options. */

import { invalidArgument } from '../../errors/error.js';
import { type ArtifactRecord, readArtifactBytes, readArtifactRecord } from '../../fuzz/artifact.js';
import { type AskedOptions, AskedTarget } from '../../fuzz/asked.js';
import { findTarget } from '../../fuzz/name.js';
import type { FuzzOptions, SocketType } from '../../fuzz/options.js';
import { checkRecord } from '../../fuzz/record.js';
import { abiOfBug } from '../../fuzz/targets/against.js';
import { findControlAbi, findDialect } from '../../model/rows.js';
import { codecInstance } from '../../wasm/instance.js';
import { machineAbi } from '../machine.js';
import { checkWalks, peerOptionsOf } from './fuzz.js';
import { DEFAULT_TIMEOUT } from './options.js';

export interface GivenOptions {
  target?: string;
  abi?: string;
  between?: [string, string];
  against?: string;
  before?: string;
  type?: SocketType;
  rate?: number;
  timeout?: number;
}

export interface GivenFinding {
  /** With its argument. */
  target: string;
  input: Uint8Array;
  options: Omit<FuzzOptions, 'lane' | 'lanes'>;
  /** The class that it was found as, and what is known besides. */
  expected?: string | undefined;
  /** The version of the package that found it. */
  foundBy?: string | undefined;
  details?: Record<string, unknown> | undefined;
}

/** Reads both; throws one line for what cannot be meant. */
export function takeFinding(file: string, given: GivenOptions): GivenFinding {
  const input = readArtifactBytes(file);
  const record = readArtifactRecord(file);
  if (record) checkRecord(record, file);
  const text = (name: keyof ArtifactRecord) => record?.[name] as string | undefined;
  const target = given.target ?? text('target');
  if (target === undefined) {
    throw invalidArgument(`nothing beside ${file} says which target it is for: name it with --target`);
  }
  const found = findTarget(target);
  checkWalks(found, given);
  const peer = peerOptionsOf(found, given);
  const bug = given.against === undefined ? undefined : abiOfBug(given.against);
  const abi = given.abi ?? bug ?? text('abi') ?? machineAbi();
  findControlAbi(codecInstance(), abi);
  return {
    target: found.name,
    input,
    options: {
      abi,
      between: given.between ?? pairOf(record),
      against: given.against ?? text('against'),
      before: peer.before ?? text('before'),
      type: peer.type ?? (record?.type as SocketType | undefined),
      rate: peer.rate ?? record?.rate,
      timeout: given.timeout ?? record?.timeout ?? DEFAULT_TIMEOUT,
    },
    expected: text('class'),
    foundBy: text('version'),
    details: given.between || given.against !== undefined ? undefined : record?.details,
  };
}

function pairOf(record: Partial<ArtifactRecord> | undefined): [string, string] | undefined {
  for (const id of record?.between ?? []) findDialect(codecInstance(), id, 0);
  return record?.between;
}

/** What is told where another version of the package found it: it may have meant another thing by the class. */
export function describeVersion({ foundBy }: GivenFinding, version: string): string | undefined {
  if (foundBy === undefined || foundBy === version) return undefined;
  return `it was found by version ${foundBy}, and this is ${version}`;
}

/** The target, to be asked. */
export function askTarget({ target, options }: GivenFinding, asked: AskedOptions): AskedTarget {
  const start = { type: 'start', target, options: { ...options, lane: 0, lanes: 1 }, seed: 0n, words: [] } as const;
  return new AskedTarget(start, asked);
}
