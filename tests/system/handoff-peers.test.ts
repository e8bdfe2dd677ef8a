/** Programs in C and Python, written from docs/handoff-protocol.md, on the other side, both ways. */
import { execFileSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { fromNetServer, fromNetSocket, memfd, toNetServer, toNetSocket } from 'ancillary';
import { offer, takeOver } from 'ancillary/handoff';
import * as assert from 'uvu/assert';
import { peerTests } from '../support/peer-test.js';
import { Running, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { listenTcp } from '../support/tcp.js';
import { lacks } from '../support/tools.js';

const t = suite('handoff-peers');
const test = peerTests(t);

/** The program, compiled where that is needed, as argv; `word` is what it calls itself. */
const PEERS = [
  {
    word: 'C',
    lack: lacks('cc', '--version'),
    make: (folder: string) => {
      const program = `${folder}/handoff`;
      execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-O1', '-o', program, 'tests/fixtures/c/handoff.c']);
      return [program];
    },
  },
  {
    word: 'Python',
    lack: lacks('python3', '-c', 'import os, socket; socket.send_fds; os.memfd_create'),
    make: () => ['python3', 'tests/fixtures/python/handoff.py'],
  },
];

/** More than one batch of connections. */
const COUNT = 300;

/** All that a client hears. */
async function heard(client: Socket): Promise<string> {
  let all = '';
  for await (const text of client.setEncoding('utf8')) all += text;
  return all;
}

for (const { word, lack, make } of PEERS) {
  test(lack, `${word} takes over a state, a file, a listener and ${COUNT} connections`, async (folder) => {
    const program = make(folder);
    const { server, port } = await listenTcp();
    const accepted: Socket[] = [];
    server.on('connection', (socket) => accepted.push(socket.pause()));
    const clients = Array.from({ length: COUNT }, () => connect(port, '127.0.0.1'));
    await until('all are accepted', () => accepted.length === COUNT);
    const peer = new Running([...program, 'take', `${folder}/s`]);
    const offered = await offer(`${folder}/s`, {
      waitFor: 60_000,
      // Longer than a record: it goes in a memfd.
      state: { text: 'x'.repeat(100_000) },
      listeners: { tcp: fromNetServer(server) },
      files: { file: memfd('f') },
      connections: accepted.map((socket, i) => ({
        fd: fromNetSocket(socket).fd,
        name: `n${i}`,
        unread: Buffer.from(`r${i}`),
      })),
    }).catch(async (error) => assert.unreachable(`${error}: ${(await peer.end()).stderr}`) as never);
    assert.equal([offered.moved, offered.kept, offered.error], [COUNT + 2, 0, undefined]);
    const answers = await Promise.all(clients.map(heard));
    // In whatever order they were accepted.
    assert.equal(answers.sort(), Array.from({ length: COUNT }, (_, i) => `${word} has n${i}, read r${i}`).sort());
    assert.is(await heard(connect(port, '127.0.0.1')), `${word} accepts`);
    const { code, stdout, stderr } = await peer.ended;
    assert.is(code, 0, stderr);
    assert.match(stdout.toString(), /^state 100011 bytes: \{"text":"x+\nmoved \d+\n$/);
  });

  test(lack, `a state, a listener and ${COUNT} connections of ${word} are taken over`, async (folder) => {
    const peer = new Running([...make(folder), 'offer', `${folder}/s`, String(COUNT)]);
    const port = () => Number(/port (\d+)\n/.exec(peer.stdout.toString())?.[1]);
    await until('it listens', () => port() > 0);
    const clients = Array.from({ length: COUNT }, (_, i) => {
      const client = connect(port(), '127.0.0.1');
      client.write(`${i}`.padStart(4, '0'));
      return client;
    });
    const { state, listeners, connections, error } = await takeOver(`${folder}/s`, { waitFor: 60_000 });
    assert.equal([String(state), [...listeners.keys()], error], [`from ${word}`, ['tcp'], undefined]);
    assert.ok(connections.every((each) => JSON.stringify(each.state) === '{}'));
    for (const { fd, unread } of connections) toNetSocket(fd, { nonblocking: true }).end(`taken ${unread}`);
    const answers = await Promise.all(clients.map(heard));
    assert.equal(
      answers,
      clients.map((_, i) => `taken ${`${i}`.padStart(4, '0')}`),
    );
    const [listener] = listeners.values();
    const server = toNetServer((listener as NonNullable<typeof listener>).fd, { nonblocking: true });
    server.on('connection', (socket) => socket.end('accepted'));
    assert.is(await heard(connect(port(), '127.0.0.1')), 'accepted');
    server.close();
    const { code, stdout, stderr } = await peer.ended;
    assert.is(code, 0, stderr);
    assert.match(stdout.toString(), new RegExp(`moved ${COUNT + 1}\n`));
  });
}

t.run();
