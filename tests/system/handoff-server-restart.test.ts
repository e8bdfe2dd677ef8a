/** The program of README.md that is restarted, as it stands there, by other versions of Node too: no request is lost. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { listen } from '../support/http-dialogue.js';
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

t.test(
  'a server is restarted several times under load, and no request is lost',
  restarts(Array(4).fill(process.execPath)),
);

if (existsSync(OTHER)) {
  t.test('by another version of Node, and back', restarts([process.execPath, OTHER, process.execPath, OTHER]));
} else t.skip('by another version of Node, and back', `${OTHER} is not installed: npm ci --prefix .ci/nodes`);

t.run();
