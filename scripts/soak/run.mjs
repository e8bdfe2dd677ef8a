import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { socketpair } from 'ancillary';
import { aborts, cycles, fullReceivers, truncation } from './scenes/mishaps.mjs';
import { killedPeers, terminatedWorkers } from './scenes/peers.mjs';
import { records } from './scenes/records.mjs';
import { shortage } from './scenes/shortage.mjs';
import { streams } from './scenes/streams.mjs';
import { World } from './world.mjs';

/** What goes on beside others, the usual more often than the costly. @type {((world: World) => Promise<void>)[]} */
const SCENES = [
  ...[records, streams, truncation, aborts, cycles].flatMap((scene) => [scene, scene, scene, scene]),
  fullReceivers,
  killedPeers,
  terminatedWorkers,
];

/** Takes all there is from everybody: nothing else goes on meanwhile. */
const ALONE = shortage;
const ALONE_EVERY_MS = 5000;
const SAMPLE_EVERY_MS = 2000;

/**
 * @param {import('./options.mjs').Options} options @param {boolean} isAlone whether no other sockets are in this namespace
 * @returns {Promise<number>} the exit code
 */
export async function soak({ seconds, seed, lanes }, isAlone) {
  console.log(`seed ${seed}, ${seconds} s`);
  const world = new World(seed);
  /** @type {string[]} */
  const problems = [];
  const memory = new Memory();
  let passed = 0;
  let isOver = false;
  process.on('SIGINT', () => {
    isOver = true;
  });
  const run = async (/** @type {(world: World) => Promise<void>} */ scene) => {
    try {
      await scene(world);
      passed++;
    } catch (error) {
      problems.push(`${scene.name}: ${/** @type {Error} */ (error).stack}`);
      isOver = true;
    }
  };
  // What is made once and stays: the reactor, the threads of the pool, the first worker's files.
  await Promise.all([...new Set(SCENES)].map(run));
  await run(ALONE);
  await settle();
  const before = { fds: openFds(), sockets: isAlone ? unixSockets() : 0 };
  const begun = Date.now();
  const end = begun + seconds * 1000;
  let sampled = 0;
  while (!isOver && Date.now() < end) {
    const pause = Math.min(end, Date.now() + ALONE_EVERY_MS);
    const lane = async () => {
      while (!isOver && Date.now() < pause) await run(world.dice.pick(SCENES));
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    if (!isOver) await run(ALONE);
    if (Date.now() - sampled > SAMPLE_EVERY_MS) memory.sample();
    sampled = Date.now();
    showStatus(world, begun);
  }
  await settle();
  problems.push(...leftovers(before, isAlone), ...memory.problems());
  world.close();
  for (const problem of problems) console.log(`FAIL ${problem}`);
  console.log(`${tell(world)}; ${memory.tell()}`);
  console.log(`${passed} passed, ${problems.length} failed, 0 skipped`);
  return problems.length === 0 ? 0 : 1;
}

/** Lets go of what is let go of later: what was refused, what the collector finds, sockets that hold each other. */
async function settle() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await sleep(100);
    // Closing a Unix socket while descriptors are in flight wakes the kernel's collector (net/unix/garbage.c).
    for (const end of socketpair()) end.closeSync();
  }
  await sleep(200);
}

/** @param {{ fds: string[], sockets: number }} before @param {boolean} isAlone @returns {string[]} */
function leftovers(before, isAlone) {
  const found = [];
  const fds = openFds();
  if (fds.length > before.fds.length) found.push(`${fds.length - before.fds.length} descriptors were left open`);
  const sockets = isAlone ? unixSockets() : 0;
  if (sockets > before.sockets)
    found.push(`${sockets - before.sockets} sockets are left in the kernel that nobody holds`);
  return found;
}

/** @returns {string[]} */
function openFds() {
  return readdirSync('/proc/self/fd');
}

/** Unix sockets of this network namespace. */
function unixSockets() {
  return readFileSync('/proc/net/unix', 'utf8').trim().split('\n').length - 1;
}

/** Whether memory grows from the middle of a run to its end. */
class Memory {
  /** @type {{ rss: number, heap: number }[]} */
  #samples = [];

  sample() {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    this.#samples.push({ rss, heap: heapUsed });
  }

  /** @returns {string[]} */
  problems() {
    if (this.#samples.length < 6) return [];
    const third = Math.floor(this.#samples.length / 3);
    return /** @type {const} */ (['rss', 'heap']).flatMap((kind) => {
      const [middle, last] = [this.#samples.slice(third, 2 * third), this.#samples.slice(-third)].map((part) =>
        median(part.map((sample) => sample[kind])),
      );
      // A tenth and 8 MiB: what the allocator keeps comes and goes.
      const isGrown = Number(last) > Number(middle) * 1.1 + 8 * 2 ** 20;
      return isGrown ? [`${kind} grew from ${mib(Number(middle))} to ${mib(Number(last))} MiB`] : [];
    });
  }

  tell() {
    const last = this.#samples.at(-1);
    return last ? `heap ${mib(last.heap)} MiB, rss ${mib(last.rss)} MiB` : 'no time for a look at the memory';
  }
}

/** @param {number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** @param {number} bytes */
function mib(bytes) {
  return Math.round(bytes / 2 ** 20);
}

/** @param {World} world */
function tell({ counts: { messages, bytes, descriptors, mishaps } }) {
  return `${messages} messages, ${mib(bytes)} MiB, ${descriptors} descriptors, ${mishaps} mishaps`;
}

/** @param {World} world @param {number} begun */
function showStatus(world, begun) {
  const line = `${Math.round((Date.now() - begun) / 1000)} s: ${tell(world)}`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}
