// peer.mjs NAME: connects to an abstract name and sends bytes that tell where they belong, with descriptors, until it is
// killed.
import { openSync } from 'node:fs';
import { UnixStream } from 'ancillary';
import { World } from './world.mjs';

const stream = await UnixStream.connect({ abstract: String(process.argv[2]) });
const fds = Array.from({ length: 3 }, () => openSync('/dev/null', 'r'));
for (let at = 0, i = 0; ; i++) {
  const size = 1 + ((i * 977) % 5000);
  await stream.send(World.prototype.content(1, at, size), { fds: fds.slice(0, i % 4) });
  at += size;
}
