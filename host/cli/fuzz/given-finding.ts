/** The input of a file, and the target that it is to be tried with: of the record beside it, or of options. */

import { invalidArgument } from '../../errors/error.js';
import { type ArtifactRecord, readArtifactBytes, readArtifactRecord } from '../../fuzz/artifact.js';
import { type AskedOptions, AskedTarget } from '../../fuzz/asked.js';
import { findTarget } from '../../fuzz/name.js';
import { type FuzzOptions, SOCKET_TYPES, type SocketType } from '../../fuzz/options.js';
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
  details?: Record<string, unknown> | undefined;
}

/** Reads both; throws one line for what cannot be meant. */
export function takeFinding(file: string, given: GivenOptions): GivenFinding {
  const input = readArtifactBytes(file);
  const record = readArtifactRecord(file);
  const text = (name: keyof ArtifactRecord) => {
    const value = record?.[name];
    if (value === undefined || typeof value === 'string') return value;
    throw invalidArgument(`the record beside ${file} is damaged: ${name} must be a text`);
  };
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
      between: given.between ?? pairOf(record, file),
      against: given.against ?? text('against'),
      before: peer.before ?? text('before'),
      type: peer.type ?? typeOf(text('type'), file),
      rate: peer.rate,
      timeout: given.timeout ?? DEFAULT_TIMEOUT,
    },
    expected: text('class'),
    details: given.between || given.against !== undefined ? undefined : detailsOf(record, file),
  };
}

function typeOf(type: string | undefined, file: string): SocketType | undefined {
  const found = SOCKET_TYPES.find((each) => each === type);
  if (type !== undefined && !found) {
    throw invalidArgument(`the record beside ${file} is damaged: type must be one of ${SOCKET_TYPES.join(', ')}`);
  }
  return found;
}

function detailsOf(record: Partial<ArtifactRecord> | undefined, file: string): Record<string, unknown> | undefined {
  const details: unknown = record?.details;
  if (details === undefined || (typeof details === 'object' && details !== null)) {
    return details as Record<string, unknown> | undefined;
  }
  throw invalidArgument(`the record beside ${file} is damaged: details must be an object`);
}

function pairOf(record: Partial<ArtifactRecord> | undefined, file: string): [string, string] | undefined {
  const between: unknown = record?.between;
  if (between === undefined) return undefined;
  if (Array.isArray(between) && between.length === 2 && between.every((id) => typeof id === 'string')) {
    for (const id of between) findDialect(codecInstance(), id, 0);
    return between as [string, string];
  }
  throw invalidArgument(`the record beside ${file} is damaged: between must be two walks`);
}

/** The target, to be asked. */
export function askTarget({ target, options }: GivenFinding, asked: AskedOptions): AskedTarget {
  const start = { type: 'start', target, options: { ...options, lane: 0, lanes: 1 }, seed: 0n, words: [] } as const;
  return new AskedTarget(start, asked);
}
