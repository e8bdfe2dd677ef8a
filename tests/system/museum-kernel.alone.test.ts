/** The museum's kernel of Linux cuts, flags and counts as the real one does, in every room and at the limit of descriptors. */
import * as assert from 'uvu/assert';
import { native } from '../../host/libc/native.js';
import { asSentByUnix, deliver, FIRST_FD } from '../../host/museum/kernel.js';
import { sceneOf } from '../../host/museum/scenes.js';
import { museumLab } from '../../host/museum/search.js';
import * as n from '../../host/oracle/kernel/numbers.js';
import { DIRT, type Got, Wire } from '../../host/replay/wire.js';
import { suite } from '../support/suite.js';

const t = suite('museum kernel');
const scene = sceneOf(museumLab(), native().abiId);
const ROOMS = 72;

/** What came, with the numbers that the process gave put for others, in their order. */
function described(
  { buffer, controllen, isTruncated }: Pick<Got, 'buffer' | 'controllen' | 'isTruncated'>,
  fds: readonly number[],
) {
  const numbered = buffer.slice();
  const view = new DataView(numbered.buffer);
  for (const message of scene.messages(buffer.subarray(0, controllen)) ?? []) {
    if (!scene.isRights(message)) continue;
    scene.fdsOf(message).forEach((fd, i) => {
      view.setInt32(message.offset + scene.header + 4 * i, FIRST_FD + fds.indexOf(fd), true);
    });
  }
  return { bytes: Buffer.from(numbered).toString('hex'), controllen, isTruncated, count: fds.length };
}

/** So many descriptors, sent to a receiver with so much room and, where that is said, so many descriptors left. */
function compare(count: number, room: number, passesCredentials: boolean, free?: number): void {
  const wire = new Wire();
  try {
    const [left, right] = wire.kernel.pair(n.SOCK_STREAM);
    if (passesCredentials) wire.kernel.set(right, n.SOL_SOCKET, n.SO_PASSCRED, 1, 'SO_PASSCRED');
    const fds = Array.from({ length: count }, () => left);
    const messages = count > 0 ? [{ fds }] : [];
    wire.send(left, { control: wire.encode(...messages) });
    const receive = () => wire.receive(right, { room });
    const got = free === undefined ? receive() : wire.withFree(free, receive);
    const [pid, uid, gid] = [process.pid, process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    const sent = scene.messages(scene.encode([...messages, { credentials: { pid, uid, gid } }])) ?? [];
    const buffer = new Uint8Array(room).fill(DIRT);
    const model = deliver(scene, asSentByUnix(scene, sent, passesCredentials), {
      room,
      buffer,
      ...(free !== undefined && { free }),
    });
    const what = `${count} descriptors, ${room} bytes, ${passesCredentials ? 'credentials' : ''} ${free ?? 'any'} free`;
    assert.equal(described(model, model.installed), described(got, got.fds), what);
  } finally {
    wire[Symbol.dispose]();
  }
}

for (const passesCredentials of [false, true]) {
  t.test(`in every room${passesCredentials ? ', with credentials' : ''}`, () => {
    for (let room = 0; room <= ROOMS; room++)
      for (const count of [0, 1, 2, 3, 5]) compare(count, room, passesCredentials);
  });

  t.test(`at the limit of descriptors${passesCredentials ? ', with credentials' : ''}`, () => {
    for (const free of [0, 1, 2]) for (const count of [1, 2, 3]) compare(count, ROOMS, passesCredentials, free);
  });
}

t.run();
