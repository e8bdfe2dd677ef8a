#!/usr/bin/env node
/**
 * npm run handoff-proof: what a hand-off promises, under load, with processes that are killed; see `--help`.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { killAll, now, quantile, sleep, startLoad, startServer } from './processes.mjs';
import { runTool, toolsIn } from './tools.mjs';

/**
 * One thing that was looked at: what was found, and what it has to be.
 * @typedef {{ name: string, found: number | string, wanted: string, isMet: boolean, isMeasure?: boolean }} Finding
 * @typedef {{ part: string, findings: Finding[], skipped?: string }} Part
 * @typedef {import('./processes.mjs').Actor} Actor
 */

const CONNECTIONS = 50;
/** Connections besides: there is something to move when the machine is so busy that the tool has ended before. */
const IDLE = 5;
const tools = toolsIn(fileURLToPath(new URL('.', import.meta.url)));
const help = `Usage: npm run handoff-proof -- [options]

Servers that take over from each other under load from wrk and autocannon, where they are there; takers that are killed
before they confirm; an old process that is killed in the middle; latency; and many idle connections.

  --only PART     this part (again for another): wrk, autocannon, killed, latency, idle
  --seconds N     how long a tool asks (30)
  --idle N        how many idle connections move (10000)
  --json          the results as JSON

Exits 1 when a promise was broken. What is measured is judged, and breaks none: a machine may be busy.
`;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '30' },
    idle: { type: 'string', default: '10000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const seconds = Number(options.seconds);

const folder = mkdtempSync(join(tmpdir(), 'ancillary-'));
let paths = 0;
const nextPath = () => join(folder, `${++paths}`);
process.on('exit', () => {
  killAll();
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

/** @param {string} name @param {number} found @param {number} wanted @returns {Finding} */
const is = (name, found, wanted) => ({ name, found, wanted: `${wanted}`, isMet: found === wanted });
/** A figure that depends on the machine. @param {string} name @param {number} found @param {number} most @returns {Finding} */
const atMost = (name, found, most) => ({
  name,
  found: Math.round(found * 10) / 10,
  wanted: `at most ${Math.round(most * 10) / 10}`,
  isMet: found <= most,
  isMeasure: true,
});

/**
 * Load from a tool; three hand-offs, and two takers that are killed before they confirm a connection.
 * @param {import('./tools.mjs').Tool} tool @returns {Promise<Finding[]>}
 */
async function proveUnderLoad(tool) {
  const path = nextPath();
  const servers = [startServer(path, 'first')];
  let current = /** @type {Actor} */ (servers[0]);
  const { port } = await current.next('accepting');
  await current.next('offering');
  const fds = current.openFds;
  const idle = await openIdle(port);
  const begin = now();
  const counting = runTool(tool, { port, connections: CONNECTIONS, seconds });
  counting.catch(() => undefined);
  const takers = /** @type {const} */ (['taker', 'dies-prepared', 'taker', 'dies-holding', 'taker']);
  let kept = 0;
  let moved = 0;
  for (const [i, role] of takers.entries()) {
    await sleep(begin + ((i + 0.5) * seconds * 1000) / takers.length - now());
    const taker = startServer(path, role);
    servers.push(taker);
    if (role !== 'taker') {
      const before = current.all('kept').length;
      await taker.end();
      kept += (await current.next('kept', before)).count;
    } else {
      await taker.next('offering');
      moved += (await taker.next('taken')).moved;
      current = taker;
    }
  }
  const lasted = now() - begin;
  const { answered, failed, reset, twice, p99, slowest } = await counting;
  for (const socket of idle) socket.destroy();
  // All connections are closed; the server hears of it a moment later.
  for (const end = now() + 20_000; current.openFds > fds && now() < end; ) await sleep(20);
  const leaked = current.openFds - fds;
  await current.stop();
  const ends = await Promise.all(servers.map((server) => server.end()));
  const numbers = servers.flatMap(({ served }) => served);
  const unasked = new Set(numbers).size - answered;
  return [
    is('requests failed', failed, 0),
    is('connections reset', reset, 0),
    is('requests that servers got twice', numbers.length - new Set(numbers).size, 0),
    is('answers that came twice', twice, 0),
    {
      name: 'requests got, and not answered',
      found: unasked,
      wanted: `0 to ${CONNECTIONS}, under way at the end`,
      isMet: unasked >= 0 && unasked <= CONNECTIONS,
    },
    is('descriptors leaked', leaked, 0),
    is(
      'processes that ended otherwise than they should',
      ends.filter(({ code, signal }, i) => (i > 0 && takers[i - 1] !== 'taker' ? signal !== 'SIGKILL' : code !== 0))
        .length,
      0,
    ),
    { name: 'connections moved, and kept', found: `${moved}, ${kept}`, wanted: 'some', isMet: moved > 0 && kept > 0 },
    {
      name: 'hand-offs during the load',
      found: lasted < seconds * 1000 ? 'all' : 'not all',
      wanted: 'all',
      isMet: lasted < seconds * 1000,
      isMeasure: true,
    },
    {
      name: 'requests a second',
      found: Math.round(answered / seconds),
      wanted: 'at least 500',
      isMet: answered / seconds >= 500,
      isMeasure: true,
    },
    { name: 'p99, slowest, ms', found: `${p99}, ${slowest}`, wanted: '', isMet: true, isMeasure: true },
  ];
}

/** @param {number} port */
async function openIdle(port) {
  const sockets = Array.from({ length: IDLE }, () => connect(port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return sockets;
}

/** The old process is killed when it has moved one batch of its connections. @returns {Promise<Finding[]>} */
async function proveKilledInTheMiddle() {
  const idle = 600;
  const path = nextPath();
  const old = startServer(path, 'dies-moving');
  const { port } = await old.next('accepting');
  await old.next('offering');
  const load = startLoad({ port, busy: 0, fresh: 0, rate: 1, idle });
  await load.next('opened');
  const taker = startServer(path, 'taker');
  const { signal } = await old.end();
  const { moved, lost } = await taker.next('taken');
  await taker.next('offering');
  // Those that the taker held, unconfirmed, are closed a moment later; whoever asks then has lost more than a connection.
  const goneSoFar = () => {
    const { closed = 0, reset = 0 } = load.all('load').at(-1)?.counts ?? {};
    return closed + reset;
  };
  for (const end = now() + 20_000; goneSoFar() < idle - moved && now() < end; ) await sleep(20);
  await load.stop();
  const { counts } = await load.next('done');
  await taker.stop();
  const gone = counts.reset + counts.closed;
  return [
    { name: 'the old process ended by', found: `${signal}`, wanted: 'SIGKILL', isMet: signal === 'SIGKILL' },
    {
      name: 'connections confirmed',
      found: moved,
      wanted: `more than 0, less than ${idle}`,
      isMet: moved > 0 && moved < idle,
    },
    is('connections that clients lost', gone, idle - moved),
    is('requests failed, of two on each connection', counts.failed, 0),
    { name: 'lost, as the taker says', found: lost, wanted: `at most ${idle - moved}`, isMet: lost <= idle - moved },
  ];
}

/** @returns {Promise<Finding[]>} */
async function measureLatency() {
  const path = nextPath();
  let current = startServer(path, 'first');
  const { port } = await current.next('accepting');
  await current.next('offering');
  const load = startLoad({ port, busy: 40, fresh: 0, rate: 800, idle: 0 });
  await load.next('opened');
  const from = now();
  await sleep(Math.max(3000, seconds * 300));
  const to = now();
  const windows = [];
  const firsts = [];
  for (let i = 0; i < 8; i++) {
    const taker = startServer(path, 'taker');
    const { since, at = since } = await taker.next('taken');
    const { at: accepts = at } = await taker.next('accepting');
    const { at: first = at } = await taker.next('first-answer');
    windows.push([since, at]);
    firsts.push(first - accepts);
    await taker.next('offering');
    current = taker;
  }
  await load.stop();
  const { counts } = await load.next('done');
  await current.stop();
  const answers = load.heard.flatMap(({ answers = [] }) => /** @type {number[][]} */ (answers));
  const within = (/** @type {number[][]} */ spans) =>
    answers
      .filter(([end = 0, ms = 0]) => spans.some(([a = 0, b = 0]) => end >= a && end - ms <= b))
      .map(([, ms = 0]) => ms);
  const quiet = quantile(within([[from, to]]), 0.99);
  const during = within(windows);
  return [
    is('requests failed', counts.failed + counts.reset + counts.closed, 0),
    atMost(`p99 of ${during.length} requests during 8 hand-offs, ms`, quantile(during, 0.99), 3 * quiet),
    { name: 'p99 without, ms', found: Math.round(quiet * 10) / 10, wanted: '', isMet: true, isMeasure: true },
    atMost('first answer after the confirmation, median, ms', quantile(firsts, 0.5), 50),
    atMost('first answer after the confirmation, slowest, ms', Math.max(...firsts), 50),
    atMost(
      'hand-off of 40 connections, median, ms',
      quantile(
        windows.map(([a = 0, b = 0]) => b - a),
        0.5,
      ),
      1000,
    ),
  ];
}

/** @param {number} idle @returns {Promise<Finding[]>} */
async function measureIdle(idle) {
  const path = nextPath();
  const old = startServer(path, 'first');
  const { port } = await old.next('accepting');
  await old.next('offering');
  const load = startLoad({ port, busy: 0, fresh: 0, rate: 1, idle });
  await load.next('opened');
  const taker = startServer(path, 'taker');
  const { moved, since, at = since } = await taker.next('taken');
  await load.stop();
  const { counts } = await load.next('done');
  await taker.next('offering');
  await taker.stop();
  await old.end();
  return [
    is('connections moved', moved, idle),
    is('requests failed, of two on each connection', counts.failed + counts.reset + counts.closed, 0),
    atMost(`hand-off of ${idle} idle connections, ms`, at - since, 2000),
  ];
}

/** @type {Record<string, () => Promise<Finding[]>>} */
const parts = {
  ...Object.fromEntries(tools.map((tool) => [tool.name, () => proveUnderLoad(tool)])),
  killed: proveKilledInTheMiddle,
  latency: measureLatency,
  idle: () => measureIdle(Number(options.idle)),
};

async function main() {
  const unknown = options.only.find((name) => !(name in parts));
  if (unknown !== undefined || !(seconds > 0) || !(Number(options.idle) > 0)) {
    console.error(
      `handoff-proof: ${unknown === undefined ? 'numbers above 0 are needed' : `there is no part ${unknown}`}\nTry --help.`,
    );
    process.exit(2);
  }
  /** @type {Part[]} */
  const results = [];
  for (const [part, prove] of Object.entries(parts)) {
    if (options.only.length > 0 && !options.only.includes(part)) continue;
    const skipped = tools.find(({ name }) => name === part)?.lack();
    const result = { part, findings: skipped ? [] : await prove(), skipped };
    results.push(result);
    if (!options.json) print(result);
  }
  if (options.json) console.log(JSON.stringify(results));
  const isBroken = results.some(({ findings }) => findings.some(({ isMet, isMeasure }) => !isMet && !isMeasure));
  process.exit(isBroken ? 1 : 0);
}

/** @param {Part} part */
function print({ part, findings, skipped }) {
  console.log(`${part}${skipped ? `: skipped, ${skipped}` : ` (load of the machine ${loadavg()[0]?.toFixed(1)})`}`);
  for (const { name, found, wanted, isMet, isMeasure } of findings) {
    const mark = isMet ? '' : isMeasure ? '  NOT MET' : '  BROKEN';
    console.log(`  ${name.padEnd(52)} ${found}${wanted === '' ? '' : ` (${wanted})`}${mark}`);
  }
}

if (options.help) process.stdout.write(help);
else await main();
