import * as assert from 'uvu/assert';
import { encodeControl } from '../../host/model/encode.js';
import { listAbis } from '../../host/model/rows.js';
import { annotateControl, rowsOfNotes } from '../../host/view/annotate.js';
import { columns } from '../../host/view/columns.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('view');
const codec = codecInstance();

t.test('an annotated dump says what each byte of a message is', () => {
  const { control } = encodeControl(codec, 'powerpc-glibc', [
    { fds: [17] },
    { credentials: { pid: 1, uid: 2, gid: 3 } },
    { level: 99, type: 5, data: Uint8Array.of(0xab) },
  ]);
  assert.equal(columns(rowsOfNotes(annotateControl(codec, 'powerpc-glibc', control))), [
    ' 0  00 00 00 10  cmsg_len    16 = CMSG_LEN(4)',
    ' 4  00 00 00 01  cmsg_level  1 SOL_SOCKET',
    ' 8  00 00 00 01  cmsg_type   1 SCM_RIGHTS',
    '12  00 00 00 11  fd          17',
    '16  00 00 00 18  cmsg_len    24 = CMSG_LEN(12)',
    '20  00 00 00 01  cmsg_level  1 SOL_SOCKET',
    '24  00 00 00 02  cmsg_type   2 SCM_CREDENTIALS',
    '28  00 00 00 01  pid         1',
    '32  00 00 00 02  uid         2',
    '36  00 00 00 03  gid         3',
    '40  00 00 00 0d  cmsg_len    13 = CMSG_LEN(1)',
    '44  00 00 00 63  cmsg_level  99',
    '48  00 00 00 05  cmsg_type   5',
    '52  ab           payload',
    '53  00 00 00     padding',
  ]);
});

const from = seed();
for (const { id } of listAbis(codec)) {
  t.test(`${id}: every byte of any buffer stands in exactly one note (seed ${from})`, () => {
    const dice = random(from);
    for (let i = 0; i < 100; i++) {
      const control = dice.bytes(dice.below(64));
      if (control.length > 8) control.fill(0, 1, 8);
      let end = 0;
      for (const { offset, bytes } of annotateControl(codec, id, control)) {
        assert.is(offset, end);
        end += bytes.length;
      }
      assert.is(end, control.length);
    }
  });
}

t.run();
