import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AncillaryError } from '../../errors/error.js';
import type { CodecInstance } from '../../wasm/instance.js';
import { type Oracle, Unavailable, type Verdict, verdictOf } from '../answer.js';
import { compareAbi, compareControls, compareWalk } from './compare.js';
import { type AbiVector, type CasesVector, type ControlVector, isDocument, type WalkVector } from './format.js';

/** A header with padding beside cmsg_len has the hostile buffers of one without. */
const PAD = '-pad';

/** Something that vectors say of a row, and the text that it comes from if nothing was executed. */
interface Statement {
  compare(codec: CodecInstance, count: () => void): void;
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
    const controls = readAll<ControlVector>(vectors, 'control', () => true);
    for (const subject of subjects) {
      progress(`vectors: ${subject.id}`);
      const said = subject.kind === 'abi' ? ofAbi(vectors, controls, subject.id) : ofWalk(vectors, subject.id);
      if (said.length > 0) tell(subject, verdictOn(codec, said));
    }
  },
};

function verdictOn(codec: CodecInstance, said: readonly Statement[]): Verdict {
  const verdict = verdictOf((count) => {
    for (const { compare } of said) compare(codec, count);
  });
  const documents = said.flatMap(({ document }) => (document === undefined ? [] : [document]));
  if (verdict.state !== 'agrees' || documents.length < said.length) return verdict;
  return { ...verdict, state: 'document', note: [...new Set(documents)].join('; ') };
}

function ofAbi(folder: string, controls: readonly ControlVector[], id: string): Statement[] {
  const [vector] = readAll<AbiVector>(folder, 'abi', (name) => name === `${id}.json`);
  const own = controls.filter(({ oracles }) => Object.hasOwn(oracles, id));
  return [
    ...(vector ? [statement(vector.origin, (codec, count) => compareAbi(codec, vector, count))] : []),
    ...own.map((control) =>
      statement(control.oracles[id]?.origin, (codec, count) => compareControls(codec, id, control, count)),
    ),
  ];
}

/** A walk is executed where the macros of some libc walked so; what a file restates of them is a text. */
function ofWalk(folder: string, id: string): Statement[] {
  return readAll<WalkVector>(folder, 'walk', (name) => name.startsWith(`${id}@`)).map((walk) => {
    if (!walk.oracles) return { compare: refuse };
    const [cases] = readAll<CasesVector>(folder, 'cases', (name) => name === `${walk.shape.replace(PAD, '')}.json`);
    const [[abi, { origin, restated }] = ['', {} as WalkVector['oracles'][string]]] = Object.entries(walk.oracles);
    const executed = Object.values(walk.oracles).find((each) => each.macros !== undefined && !isDocument(each.origin));
    const compare: Statement['compare'] = (codec, count) =>
      compareWalk(codec, abi, walk, cases ?? { cases: [] }, count);
    return executed ? { compare } : { compare, document: restated ?? origin ?? 'a document' };
  });
}

/** What another version of scripts/vectors has left. */
function refuse(): never {
  throw new Unavailable('its vectors are of another version of this repository');
}

function statement(origin: string | undefined, compare: Statement['compare']): Statement {
  return isDocument(origin) ? { compare, document: origin ?? '' } : { compare };
}

/** The files of a kind whose name is wanted. */
function readAll<T>(folder: string, kind: string, isWanted: (name: string) => boolean): T[] {
  const place = join(folder, kind);
  const names = existsSync(place) ? readdirSync(place).filter(isWanted).sort() : [];
  return names.map((name) => {
    try {
      return JSON.parse(readFileSync(join(place, name), 'utf8')) as T;
    } catch (error) {
      throw new AncillaryError('ERR_MALFORMED', `${join(place, name)}: ${(error as Error).message}`);
    }
  });
}
