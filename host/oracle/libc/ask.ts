import { AncillaryError } from '../../errors/error.js';
import { type Native, native } from '../../libc/native.js';
import { listAbis, listDialects } from '../../model/rows.js';
import { type Asking, type Oracle, type Tell, type Verdict, verdictOf } from '../answer.js';
import { compareStruct } from '../compare.js';
import { machineAbis } from '../machine.js';
import { structsOf } from '../rows.js';
import { compareWalks, findNextHeader } from './nxthdr.js';
import { STRUCTS } from './structs.js';
import { glibcVersion, NEW_WALK, OLD_WALK, walksOf } from './version.js';

/** The C library of this process: its structs as koffi lays them out, and the walk that it exports. */
export const libcOracle: Oracle = {
  name: 'libc',
  summary: 'the C library of this process: its __cmsg_nxthdr on hostile buffers, its structs as koffi has them',
  scope: "of this process's C library only, and of the walk that it exports",
  ask(asking, tell) {
    const ids = machineAbis(asking).map(({ id }) => id);
    const walks = asking.subjects.filter(({ kind, id }) => kind === 'walk' && [OLD_WALK, NEW_WALK].includes(id));
    if (ids.length + walks.length === 0) return;
    asking.progress('libc');
    let own: Native;
    try {
      own = native();
    } catch (error) {
      if (!(error instanceof AncillaryError)) throw error;
      for (const subject of asking.subjects.filter(({ kind, id }) => kind === 'walk' || ids.includes(id))) {
        tell(subject, { state: 'not run', reason: error.message });
      }
      return;
    }
    for (const id of ids) tell({ kind: 'abi', id }, compareStructs(asking, own, id));
    askWalks(asking, own, tell);
  },
};

function compareStructs({ codec }: Asking, { koffi, libc, abiId }: Native, id: string): Verdict {
  if (id !== abiId) return { state: 'not run', reason: `this process runs on ${libc.name} (${abiId})` };
  const missing: string[] = [];
  const verdict = verdictOf((count) => {
    for (const [name, row] of structsOf(codec, id)) {
      const members = STRUCTS[libc.name][name];
      if (!members) {
        missing.push(name);
        continue;
      }
      const type = koffi.struct(members);
      const fields = Object.entries(members).map(([member, of]) => [
        member,
        { offset: koffi.offsetof(type, member), size: koffi.sizeof(of) },
      ]);
      const said = { size: koffi.sizeof(type), align: koffi.alignof(type), fields: Object.fromEntries(fields) };
      compareStruct(name, row, said, count);
    }
  });
  return verdict.state === 'agrees' && missing.length > 0
    ? { ...verdict, notes: [`not among the structs that koffi is told: ${missing.join(', ')}`] }
    : verdict;
}

/** The walk that this libc has must be that of its version; the other one is left to other machines. */
function askWalks({ codec, subjects }: Asking, { koffi, libc, abiId }: Native, tell: Tell): void {
  const known = new Set(listDialects(codec).map(({ id }) => id));
  const asked = subjects.filter(({ kind, id }) => kind === 'walk' && known.has(id));
  const nextHeader = libc.name === 'glibc' ? findNextHeader() : undefined;
  if (!nextHeader) {
    const own = listAbis(codec).find(({ id }) => id === abiId)?.dialect;
    for (const subject of asked) {
      if (subject.id === own) tell(subject, { state: 'not run', reason: `${libc.name} exports no __cmsg_nxthdr` });
    }
    return;
  }
  const version = glibcVersion(koffi);
  const possible = walksOf(version);
  const verdicts = possible.map((dialect) => ({
    dialect,
    verdict: verdictOf((count) => compareWalks(codec, abiId, dialect, nextHeader, count)),
  }));
  const found = verdicts.find(({ verdict }) => verdict.state === 'agrees') ?? verdicts[0];
  for (const subject of asked) {
    if (subject.id === found?.dialect) tell(subject, found.verdict);
    else if (subject.id === OLD_WALK || subject.id === NEW_WALK) {
      tell(subject, { state: 'not run', reason: `glibc ${version} of this process walks as ${found?.dialect}` });
    }
  }
}
