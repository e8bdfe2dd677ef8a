/** An X server shares memory with us: MIT-SHM 1.2 passes the descriptors of it over the X connection, both ways. */
import { readSync, writeSync } from 'node:fs';
import { closeAll, memfd } from 'ancillary';
import * as assert from 'uvu/assert';
import { peerTests } from '../support/peer-test.js';
import { suite } from '../support/suite.js';
import { lacks } from '../support/tools.js';
import { type Display, halves, withDisplay, words } from '../support/x11.js';

const t = suite('real-peers-xvfb');
const test = peerTests(t);

// It takes no option that does nothing but print: it must end, with its use.
const noServer = lacks('Xvfb', '-help');

const REQUEST = { createGc: 55, queryExtension: 98 };
/** Minor opcodes of MIT-SHM (shmproto.h). */
const SHM = { queryVersion: 0, detach: 2, putImage: 3, getImage: 4, attachFd: 6, createSegment: 7 };
const ALL_PLANES = 0xffffffff;
const Z_PIXMAP = 2;
/** An image of so many pixels of 4 bytes. */
const SIDE = 8;
const BYTES = SIDE * SIDE * 4;

async function findShm(display: Display): Promise<number> {
  const name = 'MIT-SHM';
  await display.send(REQUEST.queryExtension, 0, Buffer.concat([halves(name.length, 0), Buffer.from(`${name}\0`)]));
  const { data } = await display.reply();
  assert.is(data[8], 1);
  return data[9] ?? 0;
}

async function createGc(display: Display): Promise<number> {
  const gc = display.makeId();
  await display.send(REQUEST.createGc, 0, words(gc, display.screen.root, 0));
  return gc;
}

/** Draws what is in the segment at the corner of the screen. */
function putImage(display: Display, opcode: number, gc: number, segment: number): Promise<void> {
  const { root, depth } = display.screen;
  const place = halves(SIDE, SIDE, 0, 0, SIDE, SIDE, 0, 0);
  const format = Buffer.from([depth, Z_PIXMAP, 0, 0]);
  return display.send(opcode, SHM.putImage, Buffer.concat([words(root, gc), place, format, words(segment, 0)]));
}

/** Has the server write the corner of the screen into the segment. */
async function getImage(display: Display, opcode: number, segment: number): Promise<void> {
  const format = Buffer.from([Z_PIXMAP, 0, 0, 0]);
  const place = halves(0, 0, SIDE, SIDE);
  const body = Buffer.concat([words(display.screen.root), place, words(ALL_PLANES), format, words(segment, 0)]);
  await display.send(opcode, SHM.getImage, body);
  assert.is((await display.reply()).data.readUInt32LE(12), BYTES);
}

/** What the server keeps of a pixel: the fourth byte is no colour. */
const colours = (pixels: Buffer) => Buffer.from(pixels.map((byte, i) => (i % 4 === 3 ? 0 : byte)));

function read(fd: number): Buffer {
  const buffer = Buffer.alloc(BYTES);
  assert.is(readSync(fd, buffer, 0, BYTES, 0), BYTES);
  return colours(buffer);
}

test(noServer, 'what we draw in memory that the X server made comes back in memory that we made', () =>
  withDisplay(async (display) => {
    const opcode = await findShm(display);
    await display.send(opcode, SHM.queryVersion, Buffer.alloc(0));
    const { data } = await display.reply();
    assert.ok(data.readUInt16LE(8) * 100 + data.readUInt16LE(10) >= 102, 'MIT-SHM passes descriptors from 1.2 on');
    const gc = await createGc(display);

    const theirs = display.makeId();
    await display.send(opcode, SHM.createSegment, words(theirs, BYTES, 0));
    const { fds, data: created } = await display.reply();
    assert.equal([created[1], fds.length], [1, 1]);
    const [segment] = fds;
    assert.is(segment?.stat().size, BYTES);
    const picture = Buffer.from(Array.from({ length: BYTES }, (_, i) => (i * 7) & 0xff));
    assert.is(writeSync(segment?.fd ?? -1, picture, 0, BYTES, 0), BYTES);
    closeAll(fds);
    await putImage(display, opcode, gc, theirs);

    const ours = display.makeId();
    const memory = memfd('picture', BYTES);
    await display.send(opcode, SHM.attachFd, words(ours, 0), [memory]);
    await getImage(display, opcode, ours);
    assert.equal(read(memory.fd), colours(picture));
    memory.close();
  }),
);

test(noServer, 'descriptors of requests that come in one go each have their own', () =>
  withDisplay(async (display) => {
    const opcode = await findShm(display);
    const gc = await createGc(display);
    const COUNT = 20;
    const made = Array.from({ length: COUNT }, (_, i) => ({
      id: display.makeId(),
      memory: memfd(`picture ${i}`, Buffer.alloc(BYTES, i + 1)),
    }));
    // Nobody answers one: they are in the socket's queue, one behind the other.
    await Promise.all(made.map(({ id, memory }) => display.send(opcode, SHM.attachFd, words(id, 0), [memory])));
    const check = memfd('check', BYTES);
    const checked = display.makeId();
    await display.send(opcode, SHM.attachFd, words(checked, 0), [check]);
    for (const [i, { id }] of made.entries()) {
      await putImage(display, opcode, gc, id);
      await getImage(display, opcode, checked);
      assert.equal(read(check.fd), colours(Buffer.alloc(BYTES, i + 1)));
    }
    // And the other way: replies with descriptors that stand in the queue behind each other.
    const sizes = Array.from({ length: COUNT }, (_, i) => (i + 1) * 4096);
    for (const size of sizes) await display.send(opcode, SHM.createSegment, words(display.makeId(), size, 0));
    for (const size of sizes) {
      const { fds } = await display.reply();
      assert.equal(
        fds.map((fd) => fd.stat().size),
        [size],
      );
      closeAll(fds);
    }
    closeAll([check, ...made.map(({ memory }) => memory)]);
  }),
);

test(noServer, 'a request without the descriptor that it needs is refused by the X server', () =>
  withDisplay(async (display) => {
    const opcode = await findShm(display);
    await display.send(opcode, SHM.attachFd, words(display.makeId(), 0));
    await display.send(opcode, SHM.queryVersion, Buffer.alloc(0));
    const BAD_MATCH = 8;
    const error = await display.reply().catch((error: Error) => error);
    assert.instance(error, Error);
    assert.match((error as Error).message, new RegExp(`^X error ${BAD_MATCH} `));
  }),
);

t.run();
