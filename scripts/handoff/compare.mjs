#!/usr/bin/env node
/**
 * npm run handoff-compare: a server that is restarted under load, by a hand-off and in the ways that people use; see
 * `--help`.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fromNetServer } from 'ancillary';
import { Actor, killAll, now, quantile, sleep, startLoad, startServer } from './processes.mjs';

/**
 * A server that is under way, and can be restarted.
 * @typedef {{ port: number, restart: () => Promise<void>, stop: () => Promise<number[]> }} Running stop: the numbers of
 *   all requests that servers got
 * @typedef {{ name: string, start: () => Promise<Running>, lack?: string }} Contender
 */

const help = `Usage: npm run handoff-compare -- [options]

A server on one port is restarted under load: by a hand-off, by a reload of node:cluster, by SO_REUSEPORT (Node 23.1 or
newer), and by a plain restart behind a listening socket that is kept open. To compare the latter on another Node, run
this file with that one.

  --only NAME     this one (again for another), as the table calls it
  --seconds N     how long each is asked (10)
  --restarts N    how often each is restarted (3)
  --json          the results as JSON
`;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '10' },
    restarts: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const LOAD = { busy: 40, fresh: 4, rate: 500, idle: 160 };
const REUSE_PORT_SINCE = 23;
const [major = 0] = process.versions.node.split('.').map(Number);

const folder = mkdtempSync(join(tmpdir(), 'ancillary-'));
process.on('exit', () => {
  killAll();
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

const contender = (/** @type {string} */ file) => fileURLToPath(new URL(`contenders/${file}.mjs`, import.meta.url));

/** @type {Contender[]} */
const contenders = [
  {
    name: 'hand-off',
    async start() {
      const path = join(folder, 'handoff');
      const servers = [startServer(path, 'first')];
      const { port } = await /** @type {Actor} */ (servers[0]).next('accepting');
      await /** @type {Actor} */ (servers[0]).next('offering');
      return {
        port,
        async restart() {
          const old = servers.at(-1);
          const taker = startServer(path, 'taker');
          servers.push(taker);
          await taker.next('offering');
          await old?.end();
        },
        stop: () => stopAll(servers),
      };
    },
  },
  {
    name: 'node:cluster, reload',
    async start() {
      const primary = new Actor(contender('cluster'), []);
      const { port } = await primary.next('accepting');
      return {
        port,
        async restart() {
          const before = primary.all('reloaded').length;
          primary.child.send('reload');
          await primary.next('reloaded', before);
        },
        stop: () => stopAll([primary]),
      };
    },
  },
  {
    name: 'SO_REUSEPORT',
    ...(major < REUSE_PORT_SINCE && { lack: `Node ${major} ignores the option reusePort` }),
    async start() {
      const servers = [new Actor(contender('reuse-port'), ['0'])];
      const { port } = await /** @type {Actor} */ (servers[0]).next('accepting');
      return {
        port,
        async restart() {
          const next = new Actor(contender('reuse-port'), [`${port}`]);
          await next.next('accepting');
          await servers.at(-1)?.stop();
          servers.push(next);
        },
        stop: () => stopAll(servers),
      };
    },
  },
  {
    name: 'restart behind an open listener',
    async start() {
      // It only holds the socket: what it would accept waits for the program instead.
      const holder = createServer().listen(0, '127.0.0.1');
      await once(holder, 'listening');
      const listener = fromNetServer(holder);
      const start = () => new Actor(contender('inherited'), [], [listener.fd]);
      const servers = [start()];
      const { port } = await /** @type {Actor} */ (servers[0]).next('accepting');
      return {
        port,
        async restart() {
          await servers.at(-1)?.stop();
          const next = start();
          servers.push(next);
          await next.next('accepting');
        },
        stop: () => {
          listener.close();
          return stopAll(servers);
        },
      };
    },
  },
];

/** @param {Actor[]} servers */
async function stopAll(servers) {
  await servers.at(-1)?.stop();
  await Promise.all(servers.map((server) => server.end()));
  return servers.flatMap(({ served }) => served);
}

/** @param {Contender} contender @param {{ seconds: number, restarts: number }} how */
async function measure({ name, start, lack }, { seconds, restarts }) {
  if (lack) return { name, lack };
  const { port, restart, stop } = await start();
  const load = startLoad({ port, ...LOAD });
  await load.next('opened');
  const begin = now();
  for (let i = 0; i < restarts; i++) {
    await sleep(begin + ((i + 0.5) * seconds * 1000) / restarts - now());
    await restart();
  }
  await sleep(begin + seconds * 1000 - now());
  await load.stop();
  const { counts } = await load.next('done');
  const numbers = await stop();
  const answers = load.heard.flatMap(({ answers = [] }) => /** @type {number[][]} */ (answers));
  const times = answers.map(([end = 0]) => end).sort((a, b) => a - b);
  const latencies = answers.map(([, ms = 0]) => ms);
  return {
    name,
    ...counts,
    twice: numbers.length - new Set(numbers).size,
    pause: Math.max(...times.map((time, i) => time - (times[i - 1] ?? time))),
    slowest: Math.max(...latencies),
    median: quantile(latencies, 0.5),
  };
}

async function main() {
  const how = { seconds: Number(options.seconds), restarts: Number(options.restarts) };
  const results = [];
  for (const each of contenders) {
    if (options.only.length === 0 || options.only.includes(each.name)) results.push(await measure(each, how));
  }
  if (options.json) return console.log(JSON.stringify({ node: process.version, ...how, load: LOAD, results }));
  console.log(
    `Node ${process.versions.node}, ${how.restarts} restarts in ${how.seconds} s, load of the machine ${loadavg()[0]?.toFixed(1)}\n`,
  );
  console.log('| | requests | failed | reset | closed | longest pause | slowest request |');
  console.log('|---|---:|---:|---:|---:|---:|---:|');
  for (const row of results) {
    if ('lack' in row) console.log(`| ${row.name} | ${row.lack} |`);
    else {
      const { name, requests, failed, reset, closed, pause, slowest } = /** @type {any} */ (row);
      console.log(
        `| ${name} | ${requests} | ${failed} | ${reset} | ${closed} | ${pause.toFixed(0)} ms | ${slowest.toFixed(0)} ms |`,
      );
    }
  }
}

if (options.help) process.stdout.write(help);
else await main();
process.exit(0);
