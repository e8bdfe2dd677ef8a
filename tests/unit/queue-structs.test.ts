/** The structs of System V queues on every ABI: where there are some, in how many ways they lie, and whose they are. */
import { abis, layout, readStruct, type Struct, writeStruct } from 'ancillary/codec';
import * as assert from 'uvu/assert';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('queue structs');
const all = abis().map((abi) => ({ ...abi, structs: layout(abi.id).structs }));
type Row = (typeof all)[number];

function structOf({ id, structs }: Row, name: string): Struct {
  const struct = structs[name];
  if (struct !== undefined && struct !== 'absent') return struct;
  throw new Error(`${id} has no ${name}`);
}

const having = (name: string) => all.filter(({ structs }) => structs[name] !== 'absent');
const lacking = (name: string) => all.filter(({ structs }) => structs[name] === 'absent').map(({ id }) => id);

/** Hurd and Windows have no queues, WebAssembly has no kernel; mlibc and klibc have no functions for them. */
const NO_QUEUES = ['win64-mingw', 'win32-mingw', 'wasm32-wasi', 'x86_64-mlibc', 'x86_64-hurd', 'i386-hurd'];
const NO_FUNCTIONS = [...NO_QUEUES, 'x86_64-klibc'];

t.table(
  [
    { name: 'a message, wherever there are queues', in: 'msgbuf', out: NO_QUEUES },
    { name: 'a status, wherever a libc has it', in: 'msqid_ds', out: NO_FUNCTIONS },
    { name: 'permissions, wherever a libc has them', in: 'ipc_perm', out: NO_FUNCTIONS },
    {
      name: 'limits, but where no header has them',
      in: 'msginfo',
      out: [...NO_QUEUES, 'x86_64-illumos', 'sparc64-illumos', 'powerpc64-aix', 'x86_64-haiku', 'i386-haiku'],
    },
  ].map((each) => ({ ...each, out: each.out.sort() })),
  (name: string) => lacking(name).sort(),
);

t.test("the kernel's own are those of every Linux whose libc has its headers", () => {
  for (const name of ['msqid64_ds', 'ipc64_perm']) {
    const others = all.filter(({ os, libc }) => os !== 'linux' || libc === 'mlibc' || libc === 'emscripten');
    assert.equal(lacking(name).sort(), others.map(({ id }) => id).sort());
  }
});

t.test('where there is none, layout and readStruct and writeStruct say so', async () => {
  for (const id of NO_FUNCTIONS) {
    for (const call of [() => readStruct(id, 'msqid_ds', new Uint8Array(500)), () => writeStruct(id, 'msqid_ds', {})]) {
      assert.match((await thrownBy(call)).message, `${id} has no struct msqid_ds that is known`);
    }
  }
});

/** Where the fields lie, in a line. */
function shapeOf({ size, align, fields }: Struct): string {
  const places = Object.entries(fields).map(([name, { offset, size: bytes }]) => `${name}@${offset}(${bytes})`);
  return `${size} ${align} ${places.join(' ')}`;
}

/** How many ABIs lay out a struct alike, by the first of them and its size. */
function classesOf(name: string): Record<string, number> {
  const classes = new Map<string, string[]>();
  for (const row of having(name)) {
    const shape = shapeOf(structOf(row, name));
    classes.set(shape, [...(classes.get(shape) ?? []), row.id]);
  }
  return Object.fromEntries(
    [...classes].map(([shape, [first, ...rest]]) => [`${first} ${shape.split(' ')[0]}`, 1 + rest.length]),
  );
}

t.table(
  [
    {
      name: 'a status in 30 ways',
      in: 'msqid_ds',
      out: {
        'x86_64-glibc 120': 27,
        'i386-glibc 88': 11,
        'i386-glibc-t64 88': 3,
        'armel-glibc-t64 96': 9,
        'powerpc-glibc 104': 4,
        'powerpc-glibc-t64 104': 3,
        'mips-glibc 88': 3,
        'm68k-glibc 88': 2,
        'm68k-glibc-t64 88': 1,
        'i386-musl 112': 2,
        'x32-musl 120': 1,
        'armel-musl 112': 7,
        'powerpc-musl 128': 1,
        'm68k-musl 112': 1,
        'x86_64-diet 104': 1,
        'wasm32-emscripten 76': 1,
        'i386-bionic 88': 2,
        'x86_64-freebsd 104': 2,
        'i386-freebsd 64': 1,
        'x86_64-netbsd 104': 2,
        'i386-netbsd 80': 1,
        'x86_64-openbsd 160': 2,
        'i386-openbsd 108': 1,
        'x86_64-dragonfly 152': 1,
        'x86_64-darwin 116': 2,
        'x86_64-illumos 136': 2,
        'powerpc64-aix 104': 1,
        'x86_64-haiku 64': 1,
        'i386-haiku 52': 1,
        'x86_64-cygwin 136': 1,
      },
    },
    {
      name: "the kernel's own in 5",
      in: 'msqid64_ds',
      out: {
        'x86_64-glibc 120': 30,
        'i386-glibc 88': 30,
        'powerpc-glibc 104': 8,
        'mips-glibc 88': 7,
        'm68k-glibc 88': 4,
      },
    },
    {
      name: 'its permissions in 7',
      in: 'ipc64_perm',
      out: {
        'x86_64-glibc 48': 23,
        'i386-glibc 36': 21,
        'riscv32-glibc 36': 16,
        's390x-glibc 48': 3,
        'powerpc64-glibc 48': 8,
        'sparc32-glibc 48': 4,
        'm68k-glibc 36': 4,
      },
    },
    { name: 'a message in 3', in: 'msgbuf', out: { 'x86_64-glibc 16': 43, 'i386-glibc 8': 51, 'm68k-glibc 6': 4 } },
    {
      name: 'limits in 4',
      in: 'msginfo',
      out: { 'x86_64-glibc 32': 76, 'm68k-glibc 30': 4, 'x86_64-freebsd 24': 12, 'x86_64-cygwin 64': 1 },
    },
  ],
  classesOf,
);

t.test("a libc that takes the kernel's times as they are has the kernel's struct under its own name", () => {
  let compared = 0;
  for (const row of having('msqid64_ds')) {
    // dietlibc has the struct of before Linux 2.3.39.
    if (lacking('msqid_ds').includes(row.id) || row.libc === 'diet') continue;
    const [kernel, own] = [structOf(row, 'msqid64_ds'), structOf(row, 'msqid_ds')];
    if (own.fields.msg_stime?.size !== kernel.fields.msg_stime?.size) continue;
    assert.is(own.size, kernel.size, row.id);
    for (const [name, { offset }] of Object.entries(own.fields))
      assert.is(kernel.fields[name]?.offset, offset, `${row.id}: ${name}`);
    compared++;
  }
  assert.ok(compared >= 50, `${compared} ABIs`);
});

t.test('a time of the kernel has 64 bits, in one member or in two side by side, in the order of its halves', () => {
  // Big-endian, but for ports that took over the order of others.
  const isHighFirst = ({ arch }: Row) => /^(mips|mips64-n32|powerpc|sparc32|hppa)$/.test(arch);
  for (const row of having('msqid64_ds')) {
    const { fields } = structOf(row, 'msqid64_ds');
    for (const name of ['msg_stime', 'msg_rtime', 'msg_ctime']) {
      const [time, high] = [fields[name], fields[`${name}_high`]];
      if (time?.size === 8) assert.is(high, undefined, row.id);
      else assert.is((high?.offset ?? 0) - (time?.offset ?? 0), isHighFirst(row) ? -4 : 4, `${row.id}: ${name}`);
    }
  }
});

t.test('the status of a queue is the same values again when it is written and read, on every ABI', () => {
  for (const row of having('msqid_ds')) {
    const { size } = structOf(row, 'msqid_ds');
    const values = readStruct(row.id, 'msqid_ds', new Uint8Array(size).fill(0xa5));
    assert.equal(readStruct(row.id, 'msqid_ds', writeStruct(row.id, 'msqid_ds', values)), values, row.id);
  }
});

t.run();
