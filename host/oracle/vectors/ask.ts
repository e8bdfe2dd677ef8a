import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AncillaryError } from '../../errors/error.js';
import type { CodecInstance } from '../../wasm/instance.js';
import { type Oracle, type Subject, type Verdict, verdictOf } from '../answer.js';
import { compareLayout, comparePayloads, compareWalk } from './compare.js';
import { isDocument, type LayoutVector, type PayloadVector, type WalkVector } from './format.js';

/** One file: what it says, and whether that was executed somewhere. */
interface Vector {
  compare(codec: CodecInstance, count: () => void): void;
  /** Where it comes from, if from a text. */
  document?: string;
}

/** The vectors of this repository: what compilers and C libraries said on the machines that made them. */
export const vectorsOracle: Oracle = {
  name: 'vectors',
  summary: 'the committed vectors, from compilers and macros of other machines; not in the npm package',
  scope: 'there are no vectors for it',
  ask({ codec, subjects, vectors, progress }, tell) {
    if (!existsSync(vectors)) {
      const reason = 'the vectors are not part of the npm package; a clone of the repository has them';
      for (const subject of subjects) tell(subject, { state: 'not run', reason });
      return;
    }
    for (const subject of subjects) {
      progress(`vectors: ${subject.id}`);
      const found = subject.kind === 'abi' ? ofAbi(vectors, subject) : ofWalk(vectors, subject);
      if (found.length > 0) tell(subject, verdictOn(codec, found));
    }
  },
};

function verdictOn(codec: CodecInstance, found: readonly Vector[]): Verdict {
  const verdict = verdictOf((count) => {
    for (const { compare } of found) compare(codec, count);
  });
  const [text] = found.map(({ document }) => document);
  const isText = found.every(({ document }) => document !== undefined);
  return verdict.state === 'agrees' && isText ? { ...verdict, state: 'document', note: text ?? '' } : verdict;
}

function ofAbi(folder: string, { id }: Subject): Vector[] {
  const vectors: Vector[] = [];
  const layout = read<LayoutVector>(join(folder, 'layout', `${id}.json`));
  if (layout) vectors.push(vector(layout.origin, (codec, count) => compareLayout(codec, layout, count)));
  const payload = read<PayloadVector>(join(folder, 'payload', `${id}.json`));
  if (payload) vectors.push(vector(payload.origin, (codec, count) => comparePayloads(codec, payload, count)));
  return vectors;
}

function vector(origin: string, compare: Vector['compare']): Vector {
  return isDocument(origin) ? { compare, document: origin } : { compare };
}

function ofWalk(folder: string, { id }: Subject): Vector[] {
  const place = join(folder, 'walk');
  const files = existsSync(place) ? readdirSync(place).filter((name) => name.startsWith(`${id}@`)) : [];
  return files.sort().map((name) => {
    const walk = read<WalkVector>(join(place, name)) as WalkVector;
    const compare: Vector['compare'] = (codec, count) => compareWalk(codec, walk, count);
    return walk.macros === undefined ? { compare, document: `restated: ${name}` } : vector(walk.origin, compare);
  });
}

function read<T>(file: string): T | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    throw new AncillaryError('ERR_MALFORMED', `${file}: ${(error as Error).message}`);
  }
}
