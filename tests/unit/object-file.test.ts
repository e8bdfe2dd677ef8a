/** Object files of every format that compilers here make: constants come out, and malformed ones are refused in a line. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { AncillaryError } from '../../host/errors/error.js';
import { readObject } from '../../host/oracle/object/read.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('object files');
const SOURCE = `static int first = 1;
const unsigned char constants[] = { 1, 2, 3, 0xfe };
const unsigned short word = 0x1234;
int zeros[4];
extern int elsewhere;
int *used(void) { return &first + elsewhere; }
`;

interface Target {
  name: string;
  command: string[];
  format: string;
  /** The bytes of 0x1234. */
  word: number[];
}

const TARGETS: Target[] = [
  { name: 'ELF of this machine', command: ['gcc'], format: 'ELF64 little-endian', word: [0x34, 0x12] },
  clang('i386-linux-gnu', 'ELF32 little-endian'),
  clang('powerpc-linux-gnu', 'ELF32 big-endian', [0x12, 0x34]),
  clang('aarch64_be-linux-gnu', 'ELF64 big-endian', [0x12, 0x34]),
  clang('x86_64-w64-mingw32', 'COFF 64-bit'),
  clang('i686-w64-mingw32', 'COFF 32-bit'),
  clang('aarch64-w64-mingw32', 'COFF 64-bit'),
  clang('wasm32', 'wasm object'),
];

function clang(target: string, format: string, word = [0x34, 0x12]): Target {
  const command = ['clang', 'clang-19'].find((name) => lacks(name, '--version') === undefined) ?? 'clang';
  return { name: `${format} for ${target}`, command: [command, `--target=${target}`], format, word };
}

/** The object, or why there is none. */
async function compile([compiler = '', ...flags]: string[]): Promise<Uint8Array | string> {
  return withTempDir((folder) => {
    writeFileSync(join(folder, 'a.c'), SOURCE);
    const argv = [...flags, '-c', 'a.c', '-o', 'a.o'];
    const { error, status, stderr } = spawnSync(compiler, argv, { cwd: folder, encoding: 'utf8' });
    if (error) return `there is no ${compiler}`;
    return status === 0 ? new Uint8Array(readFileSync(join(folder, 'a.o'))) : `${compiler}: ${stderr.split('\n')[0]}`;
  });
}

/** Every way of asking an object, one after the other. */
function readAll(bytes: Uint8Array): void {
  const object = readObject(bytes);
  for (const symbol of ['constants', 'word', 'zeros', 'elsewhere', 'missing']) {
    try {
      object.read(symbol);
    } catch (error) {
      assertMalformed(error);
    }
  }
}

function assertMalformed(error: unknown): void {
  assert.ok(error instanceof AncillaryError && error.code === 'ERR_MALFORMED', String((error as Error).stack));
  assert.match(error.message, /^not a sound [^\n]+$/);
}

const { below, pick } = random(seed());

for (const { name, command, format, word } of TARGETS) {
  const bytes = await compile(command);
  if (typeof bytes === 'string') {
    t.skip(name, bytes);
    continue;
  }

  t.test(`${name}: constants by the names of their symbols`, () => {
    const object = readObject(bytes);
    assert.is(object.format, format);
    assert.equal([...(object.read('constants') ?? [])].slice(0, 4), [1, 2, 3, 0xfe]);
    assert.equal([...(object.read('word') ?? [])].slice(0, 2), word);
    assert.is(object.endian, word[0] === 0x12 ? 'big' : 'little');
  });

  t.test(`${name}: a symbol that is not there, or elsewhere, is nothing`, () => {
    const object = readObject(bytes);
    assert.is(object.read('missing'), undefined);
    assert.is(object.read('elsewhere'), undefined);
    assert.is(object.read(''), undefined);
  });

  t.test(`${name}: one that ends anywhere answers or is refused in one line`, () => {
    for (let size = 0; size < bytes.length; size++) {
      try {
        readAll(bytes.slice(0, size));
      } catch (error) {
        assertMalformed(error);
      }
    }
  });

  t.test(`${name}: whatever its bytes become, it answers or is refused in one line`, () => {
    for (let i = 0; i < 2000; i++) {
      const changed = bytes.slice();
      for (let changes = 1 + below(6); changes > 0; changes--) {
        changed[below(changed.length)] = pick([0, 1, 0x7f, 0x80, 0xff, below(256)]);
      }
      try {
        readAll(changed);
      } catch (error) {
        assertMalformed(error);
      }
    }
  });
}

t.table(
  [
    { name: 'nothing', in: '', err: /neither ELF, COFF nor wasm/ },
    { name: 'a script', in: '23212f62696e2f7368', err: /neither ELF, COFF nor wasm/ },
    { name: 'an ELF magic alone', in: '7f454c46', err: /ELF object: a number, 1 bytes at 4/ },
    { name: 'an ELF file of no class', in: '7f454c460301', err: /class is 3/ },
    { name: 'an ELF file of no order', in: '7f454c460209', err: /byte order is 9/ },
    { name: 'a linked ELF file', in: `7f454c460201${'00'.repeat(10)}0200${'00'.repeat(46)}`, err: /linked already/ },
    { name: 'a wasm module that is linked', in: '0061736d01000000', err: /no section "linking"/ },
    { name: 'another wasm version', in: '0061736d02000000', err: /version is 2/ },
    {
      name: 'a wasm section longer than the file',
      in: '0061736d010000000bffffffff0f',
      err: /does not end where it should/,
    },
    { name: 'a wasm number without end', in: '0061736d010000000bffffffffffff', err: /a number is too long/ },
    {
      name: 'a COFF header with more symbols than bytes',
      in: `6486${'00'.repeat(10)}ffffffff00000000`,
      err: /symbol table/,
    },
  ] as { name: string; in: string; err: RegExp }[],
  (hex) => readObject(new Uint8Array(Buffer.from(hex, 'hex'))) as never,
);

t.run();
