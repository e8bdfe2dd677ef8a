/** The walk linux-send is that of the kernel under this test: what it refuses fails with EINVAL, all else is sent. */
import { constants } from 'node:os';
import { socketpair } from 'ancillary';
import * as assert from 'uvu/assert';
import { walkControl } from '../../host/model/walk.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { hostileCases } from '../../scripts/vectors/cases.mjs';
import { sendControl } from '../support/native.js';
import { suite } from '../support/suite.js';
import { readWalkExamples } from '../support/walk-examples.js';

const t = suite('walk of the kernel');
const codec = codecInstance();
const LEVEL = 8;
/** A level that no socket has: its messages are walked over, and nothing in them can be wrong. */
const NOBODY = 0x7fff_0000;

const examples = readWalkExamples().examples.map(({ name, control, zeros = 0 }) => ({
  name,
  control: control + '00'.repeat(zeros),
}));
const shape = { lengthSize: 8, header: 16, data: 16, unit: 8, big: false } as const;
const hostile = hostileCases(shape).map(({ name = '', control, controllen }) => ({
  name,
  control: control.slice(0, 2 * controllen),
}));

for (const [title, buffers] of Object.entries({ 'every example': examples, 'every hostile buffer': hostile })) {
  t.test(`${title} is sent or refused as the walk says`, async () => {
    const [left, right] = socketpair();
    for (const { name, control: hex } of buffers) {
      const control = new Uint8Array(Buffer.from(hex, 'hex'));
      const dialect = 'linux-send';
      for (const { offset } of walkControl(codec, 'x86_64-glibc', control, { dialect }).headers) {
        new DataView(control.buffer).setInt32(offset + LEVEL, NOBODY, true);
      }
      const { end, reason } = walkControl(codec, 'x86_64-glibc', control, { dialect });
      const expected = end === 'reject' ? -constants.errno[reason as 'EINVAL'] : 0;
      assert.is(sendControl(left.fd, new Uint8Array(1).subarray(1), control), expected, `${name} ${hex}`);
    }
    await left.close();
    await right.close();
  });
}

t.run();
