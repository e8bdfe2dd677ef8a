/** The program of README.md that is restarted, as it stands there, by other versions of Node too: no request is lost. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Client, listen } from '../support/http-dialogue.js';
import { Running, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('handoff-server-restart');
const program = /```js\n\/\/ restarted\.mjs\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '';
const OTHER = '.ci/nodes/node_modules/node26/bin/node';
const CLIENTS = 8;

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Clients that ask one request after the other, each over one connection. */
class Load {
  readonly #agents = Array.from({ length: CLIENTS }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  readonly #port: number;
  readonly answeredBy = new Map<number, number>();
  readonly errors: Error[] = [];
  readonly sockets = new Set<object>();
  #isOver = false;

  constructor(port: number) {
    this.#port = port;
  }

  async run(): Promise<void> {
    await Promise.all(
      this.#agents.map(async (agent) => {
        while (!this.#isOver) await this.#ask(agent).catch((error) => this.errors.push(error));
        agent.destroy();
      }),
    );
  }

  end(): void {
    this.#isOver = true;
  }

  #ask(agent: Agent): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = get({ port: this.#port, host: '127.0.0.1', agent }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          const pid = Number(text);
          this.answeredBy.set(pid, (this.answeredBy.get(pid) ?? 0) + 1);
          resolve();
        });
      });
      request.on('socket', (socket) => this.sockets.add(socket));
      request.on('error', reject);
    });
  }
}

function restarts(nodes: readonly string[]): () => Promise<void> {
  return () =>
    withTempDir(async (folder) => {
      mkdirSync(join(folder, 'node_modules'));
      symlinkSync(process.cwd(), join(folder, 'node_modules/ancillary'));
      const port = await freePort();
      const file = join(folder, 'restarted.mjs');
      writeFileSync(file, program.replaceAll('/tmp/', `${folder}/`).replace('8080', String(port)));
      const started: Running[] = [];
      const load = new Load(port);
      let work: Promise<void> | undefined;
      try {
        for (const node of nodes) {
          const running = new Running([node, file]);
          const before = started.at(-1);
          started.push(running);
          if (before) {
            const { code, stderr } = await before.ended;
            assert.equal([code, stderr], [0, '']);
            assert.match(before.stdout.toString(), `moved ${CLIENTS} of ${CLIENTS}\n`);
          } else {
            await until('it offers', () => existsSync(join(folder, 'restarted.socket')));
            work = load.run();
          }
          await until('it answers', () => (load.answeredBy.get(running.pid) ?? 0) > 100 || load.errors.length > 0);
          await until('it offers in turn', () => existsSync(join(folder, 'restarted.socket')));
        }
      } finally {
        load.end();
        await work;
        await Promise.all(started.map((running) => running.end()));
      }
      assert.equal(load.errors, []);
      assert.is(load.sockets.size, CLIENTS);
      assert.equal(
        [...load.answeredBy.keys()],
        started.map(({ pid }) => pid),
      );
    });
}

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

/** The program, and clients of it that stand between two requests. */
async function withProgram(
  clients: number,
  work: (stage: {
    old: Running;
    start: (...before: string[]) => Running;
    ask: () => Promise<Map<number, number>>;
    socket: string;
    reconnect: () => Promise<number>;
  }) => Promise<void>,
): Promise<void> {
  await withTempDir(async (folder) => {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(process.cwd(), join(folder, 'node_modules/ancillary'));
    const port = await freePort();
    const file = join(folder, 'restarted.mjs');
    const socket = join(folder, 'restarted.socket');
    // Idle connections stay, and a taker that says nothing is given up soon.
    const text = program.replaceAll('/tmp/', `${folder}/`).replace('8080', String(port));
    writeFileSync(
      file,
      text
        .replace('if (!(await', 'server.keepAliveTimeout = 0;\nif (!(await')
        .replace('drain: 10_000', 'drain: 10_000, timeout: 1500'),
    );
    const started: Running[] = [];
    const start = (...before: string[]) => {
      const running = new Running([...before, process.execPath, file]);
      started.push(running);
      return running;
    };
    const all: Client[] = [];
    const askOne = async (client: Client) => {
      client.received = '';
      client.socket.write(GET);
      await until('it is answered', () => /\r\n\r\n\d+\n$/.test(client.received) || client.error);
      assert.is(client.error, undefined);
      return Number(/^(\d+)$/m.exec(client.received)?.[1]);
    };
    const ask = async () => {
      const by = new Map<number, number>();
      for (const pid of await Promise.all(all.map(askOne))) by.set(pid, (by.get(pid) ?? 0) + 1);
      return by;
    };
    const connectOne = async () => {
      const client = new Client(port);
      await client.connected();
      all.push(client);
      return askOne(client);
    };
    try {
      const old = start();
      await until('it offers', () => existsSync(socket));
      for (let i = 0; i < clients; i++) await connectOne();
      await work({ old, start, ask, socket, reconnect: connectOne });
    } finally {
      for (const client of all) client.close();
      await Promise.all(started.map((running) => running.end()));
    }
  });
}

t.test('a new process without room for the connections says so, and all goes on in the old one', () =>
  withProgram(120, async ({ old, start, ask }) => {
    const { code, stderr } = await start('sh', '-c', 'ulimit -n 100; exec "$@"', 'sh').ended;
    assert.is.not(code, 0);
    assert.match(stderr, /120 descriptors are to come, and this process may open \d+ more/);
    await until('the old one is told', () => old.stderr.includes('going on'));
    assert.equal([...(await ask())], [[old.pid, 120]]);
    assert.match(old.stderr, /^going on: the other side refused the hand-off: 120 descriptors/);
  }),
);

t.test('a new process that stands still in the middle serves what it has, the old one the rest, and both go on', () =>
  withProgram(300, async ({ old, start, ask, reconnect }) => {
    const next = start();
    await until('some have moved', () => /moved [1-9]/.test(old.stdout.toString()));
    next.child.kill('SIGSTOP');
    await until(
      'it is given up, or all have moved',
      () => old.stderr.includes('going on') || old.child.exitCode !== null,
    );
    next.child.kill('SIGCONT');
    const by = await ask();
    assert.is((by.get(old.pid) ?? 0) + (by.get(next.pid) ?? 0), 300);
    if (old.child.exitCode !== null) return;
    // Whoever comes is the old one's.
    for (let i = 0; i < 8; i++) assert.is(await reconnect(), old.pid);
    assert.is(next.child.exitCode, null);
    // The next one takes what the old one has; the one between ends with its connections.
    const third = start();
    assert.equal([(await old.ended).code], [0]);
    const last = await ask();
    assert.equal([last.get(next.pid), last.get(third.pid)], [by.get(next.pid), (by.get(old.pid) ?? 0) + 8]);
  }),
);

t.test(
  'a server is restarted several times under load, and no request is lost',
  restarts(Array(4).fill(process.execPath)),
);

if (existsSync(OTHER)) {
  t.test('by another version of Node, and back', restarts([process.execPath, OTHER, process.execPath, OTHER]));
} else t.skip('by another version of Node, and back', `${OTHER} is not installed: npm ci --prefix .ci/nodes`);

t.run();
