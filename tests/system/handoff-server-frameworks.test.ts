/** Applications of express and fastify, as they are in npm's registry, are handed over unchanged. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { makeProject } from '../support/npm-project.js';
import { run } from '../support/process.js';
import { suite } from '../support/suite.js';

const t = suite('handoff-server-frameworks');
const project = await makeProject({ express: '5.1.0', fastify: '5.6.0' }, {});

/** Answers who answered and what it was sent: one request before, one in the middle of its head, one after. */
const PROGRAM = `
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { socketpair } from 'ancillary';
import { handOffServer, takeOverServer } from 'ancillary/handoff';

const makers = {
  async express(who) {
    const { default: express } = await import('express');
    const app = express();
    app.use(express.json());
    app.post('/x', ({ body, ip }, response) => response.json({ who, ...body, ip }));
    return createServer(app);
  },
  async fastify(who) {
    const { default: Fastify } = await import('fastify');
    const app = Fastify();
    app.post('/x', async ({ body, ip }) => ({ who, ...body, ip }));
    await app.ready();
    return app.server;
  },
};
const post = (n) =>
  'POST /x HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: application/json\\r\\nContent-Length: 7\\r\\n\\r\\n{"n":' + n + '}';
const [old, next] = [await makers[process.argv[2]]('old'), await makers[process.argv[2]]('new')];
old.listen(0, '127.0.0.1');
await once(old, 'listening');
const known = new AbortController();
const offered = handOffServer(old, { abstract: 'ancillary-test-' + process.pid }, { signal: known.signal }).catch(() => 0);
const open = async () => {
  const accepted = once(old, 'connection');
  const socket = connect(old.address().port, '127.0.0.1');
  const client = { socket, text: '', server: (await accepted)[0] };
  socket.on('data', (data) => {
    client.text += data;
  });
  return client;
};
const until = async (condition) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const [idle, half] = [await open(), await open()];
idle.socket.write(post(1));
half.socket.write(post(2).slice(0, 50));
await until(() => idle.text.endsWith('}') && half.server.bytesRead === 50);
known.abort();
await offered;
const [left, right] = socketpair({ type: 'seqpacket' });
const [{ moved }] = await Promise.all([handOffServer(old, left), takeOverServer(next, right)]);
const before = idle.text.length;
idle.socket.write(post(3));
half.socket.write(post(2).slice(50));
await until(() => idle.text.slice(before).endsWith('}') && half.text.endsWith('}'));
console.log(moved, (idle.text + half.text).match(/{.*?}/g).join(' '));
process.exit();
`;

for (const framework of ['express', 'fastify']) {
  const title = `an application of ${framework} is handed over unchanged`;
  if ('problem' in project) {
    t.skip(title, project.problem);
    continue;
  }
  t.test(title, async () => {
    const file = join(project.folder, 'program.mjs');
    writeFileSync(file, PROGRAM);
    const { stdout, stderr, code } = await run([process.execPath, file, framework]);
    const ip = '"ip":"127.0.0.1"';
    const answers = `{"who":"old","n":1,${ip}} {"who":"new","n":3,${ip}} {"who":"new","n":2,${ip}}`;
    assert.equal([stdout.toString(), stderr, code], [`2 ${answers}\n`, '', 0]);
  });
}
if (!('problem' in project)) t.after(project.remove);

t.run();
