/** Constants by name: the library's own are those that real headers have, on every architecture that it runs on. */
import { constants } from 'ancillary';
import { abis, numbers } from 'ancillary/codec';
import * as assert from 'uvu/assert';
import { suite, thrownBy } from '../support/suite.js';
import { abiVectors } from '../support/vectors.js';

const t = suite('constants');

/** What koffi has binaries for, as the rows call it. */
const ARCHITECTURES = /^(x86_64|aarch64|riscv64|loongarch64|i386|armhf)-(glibc|musl)$/;

t.test('the library has the numbers that the rows of its machines have', () => {
  const rows = abis().filter(({ id }) => ARCHITECTURES.test(id));
  assert.ok(rows.length > 8);
  for (const { id } of rows) {
    const all = numbers(id);
    const known = Object.entries(constants).filter(([name]) => name in all);
    assert.ok(known.length > 15, `${id} ${known.length}`);
    for (const [name, value] of known) assert.is(value, all[name], `${id} ${name}`);
  }
});

t.test('numbers are those that compilers found in the headers of the ABI, and no others', () => {
  for (const { abi, constants: found } of abiVectors()) {
    const all = numbers(abi);
    for (const [name, value] of Object.entries(found)) {
      if (value !== null) assert.is(all[name], value, `${abi} ${name}`);
    }
  }
  assert.is(numbers('x86_64-freebsd').SCM_CREDENTIALS, undefined);
  assert.is(numbers('sparc64-glibc').SO_PASSRIGHTS, 92);
});

t.test('an unknown ABI has a guess', async () => {
  assert.match((await thrownBy(() => numbers('x86_64-glbc'))).message, /x86_64-glibc/);
});

t.run();
