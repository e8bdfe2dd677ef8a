/** The walks of CPython are those of the CPython on this machine, over its own C library. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { walkControl } from '../../host/model/walk.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { hostileCases } from '../../scripts/vectors/cases.mjs';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('walk of CPython');
const codec = codecInstance();
const ABI = 'x86_64-glibc';
const DATA = 16;
/** A last message of 17 bytes where 16 are left: only glibc before 2.37 does not hand it out. */
const TELLS = `${'10'.padEnd(16, '0')}0100000001000000${'11'.padEnd(16, '0')}0100000001000000`;
const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
const obstacle =
  lacks('cc', '--version') ??
  lacks('python3', '--version') ??
  (report?.header?.glibcVersionRuntime === undefined ? 'the C library is not glibc' : undefined) ??
  (['x64', 'arm64'].includes(process.arch) ? undefined : 'its layout is not that of a 64-bit little-endian machine');

/** What CPython makes of each: `level,type,size ... warned` or `silent`. */
function receiveAll(folder: string, controls: string[]): string[] {
  const library = join(folder, 'recvmsg.so');
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, 'tests/fixtures/c/recvmsg.c']);
  const output = execFileSync('python3', ['tests/fixtures/python/receive-control.py', library], {
    input: controls.map((control) => `${control}\n`).join(''),
    env: { ...process.env, LD_PRELOAD: library },
    encoding: 'utf8',
  });
  return output.split('\n').slice(0, -1);
}

function walkAs(dialect: string, hex: string): string {
  const control = new Uint8Array(Buffer.from(hex, 'hex'));
  const { headers, end } = walkControl(codec, ABI, control, { dialect });
  const messages = headers.map(({ offset, len, level, type }) => {
    const size = Math.min(Number(len), control.length - offset) - DATA;
    return `${level},${type},${size} `;
  });
  return messages.join('') + (end === 'reject' ? 'warned' : 'silent');
}

const title = 'recvmsg brings of every hostile buffer what the walk says, and warns of what it refuses';
if (obstacle !== undefined) t.skip(title, obstacle);
else {
  t.test(title, () =>
    withTempDir((folder) => {
      const shape = { lengthSize: 8, header: 16, data: DATA, unit: 8, big: false } as const;
      const cases = hostileCases(shape).map(({ control, controllen }) => control.slice(0, 2 * controllen));
      const controls = [TELLS, ...cases];
      const received = receiveAll(folder, controls);
      const isOld = received[0]?.split(' ').length === 2;
      const dialect = isOld ? 'cpython-glibc-le-2.36' : 'cpython-glibc-ge-2.37';
      assert.is(received.length, controls.length);
      for (const [i, control] of controls.entries()) assert.is(received[i], walkAs(dialect, control), control);
    }),
  );
}

t.run();
