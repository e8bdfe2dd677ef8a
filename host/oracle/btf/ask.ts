import { readFileSync } from 'node:fs';
import { AncillaryError } from '../../errors/error.js';
import { type Asking, type Oracle, type Subject, Unavailable, verdictOf } from '../answer.js';
import { compareStruct, same } from '../compare.js';
import { USUAL_STRUCTS } from '../kernel/queue-structs.js';
import { machineAbis } from '../machine.js';
import { numbersOf, structsOf } from '../rows.js';
import { KERNEL_NAMES, type KernelName } from './names.js';
import { type Btf, readBtf } from './read.js';

const FILE = '/sys/kernel/btf/vmlinux';

/** The sizes that the plan of how a message of a queue is stored goes by, where a kernel tells none. */
const STORED: Record<string, number> = {
  msg_msg: USUAL_STRUCTS.msg_msg.size,
  msg_msgseg: USUAL_STRUCTS.msg_msgseg.size,
};

/** The kernel's own type information: where it believes that the members of its interface lie. */
export const btfOracle: Oracle = {
  name: 'btf',
  summary: `structs and enumerators in the type information of the running kernel (${FILE})`,
  scope: 'the kernel tells of the ABIs of its own programs only',
  ask(asking, tell) {
    const own = machineAbis(asking);
    const compat = machineAbis(asking, 'compat');
    if (own.length + compat.length === 0) return;
    asking.progress(`btf: ${FILE}`);
    const ids = [...own, ...compat].map(({ id }) => id);
    const btf = readKernelBtf(
      ids.flatMap((id) => [...structsOf(asking.codec, id).keys()]),
      ids.flatMap((id) => [...numbersOf(asking.codec, id).keys()]),
    );
    for (const subject of own) tell(subject, compare(asking, btf, subject, 'own'));
    for (const subject of compat) tell(subject, compare(asking, btf, subject, 'compat'));
  },
};

function readKernelBtf(structs: readonly string[], enumerators: readonly string[]): Btf | string {
  const names = structs.flatMap((name) => namesOf(name).flatMap(({ own, compat }) => [own ?? [], compat ?? []].flat()));
  try {
    return readBtf(readFileSync(FILE), { structs: [...names, ...Object.keys(STORED)], enumerators });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return `there is no ${FILE}: this kernel was built without CONFIG_DEBUG_INFO_BTF`;
    if (error instanceof AncillaryError || code !== undefined) return `${FILE}: ${message}`;
    throw error;
  }
}

function namesOf(struct: string): readonly KernelName[] {
  return Object.hasOwn(KERNEL_NAMES, struct) ? (KERNEL_NAMES[struct] ?? []) : [{ own: struct, compat: struct }];
}

function compareStored(btf: Btf, count: () => void): void {
  for (const [name, size] of Object.entries(STORED)) {
    for (const said of btf.structs.get(name) ?? []) same(`sizeof(struct ${name})`, size, said.size, count);
  }
}

function compare(asking: Asking, btf: Btf | string, { id }: Subject, which: 'own' | 'compat') {
  if (typeof btf === 'string') return { state: 'not run', reason: btf } as const;
  const missing: string[] = [];
  const verdict = verdictOf((count) => {
    const structs = structsOf(asking.codec, id);
    const time = structs.get('timeval')?.fields.tv_sec?.size;
    for (const [name, row] of structs) {
      const said = findStruct(btf, name, which, time);
      if (said.length === 0) missing.push(name);
      // The kernel may have several structs of one name: its interface is among them.
      else firstThatHolds(said.map((struct) => () => compareStruct(name, row, struct, count, true)));
    }
    if (which === 'own' && structs.has('msqid64_ds')) compareStored(btf, count);
    for (const [name, value] of numbersOf(asking.codec, id)) {
      const said = btf.enumerators.get(name);
      if (said !== undefined) same(name, value, Number(said), count);
    }
    if (missing.length > 0 && missing.length === structs.size) {
      throw new Unavailable('the kernel tells of none of its structs');
    }
  });
  if (verdict.state !== 'agrees' || missing.length === 0) return verdict;
  return { ...verdict, notes: [`not in ${FILE}: ${missing.join(', ')}`] };
}

/** The kernel's structs for a row's; `time` is how many bytes the time_t of its programs has. */
function findStruct(btf: Btf, name: string, which: 'own' | 'compat', time: number | undefined) {
  const names = namesOf(name).filter((each) => each.time === undefined || each.time === (time ?? each.time));
  return names.flatMap(({ [which]: said }) => (said === undefined ? [] : (btf.structs.get(said) ?? [])));
}

function firstThatHolds(attempts: readonly (() => void)[]): void {
  let failure: unknown;
  for (const attempt of attempts) {
    try {
      attempt();
      return;
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}
