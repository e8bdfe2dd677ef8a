/**
 * What is measured, who takes part, and what the library promises: data only.
 *
 * Every measure compares its contenders with `peer`. A target is the greatest acceptable ratio to the peer, or, where
 * `compare` is 'difference', the greatest acceptable time above it.
 *
 * @typedef {'ns' | 'us' | 'ms' | 's'} Unit
 * @typedef {object} Entrant
 * @property {string} name
 * @property {'c' | 'libfuzzer' | 'python' | 'node'} language libfuzzer: C, linked with clang's fuzzer
 * @property {string} [file] in contenders/; without it, the interpreter is run with `args` alone
 * @property {string[]} [args]
 * @property {number} [target]
 * @property {number} [limit] the greatest acceptable time itself, in the unit of the measure
 *
 * @typedef {object} Measure
 * @property {string} name
 * @property {string} title
 * @property {Unit} unit
 * @property {'ratio' | 'difference'} compare
 * @property {string} peer
 * @property {'batches' | 'starts'} kind batches: a process that stays is asked for n operations; starts: the process
 *   itself is timed from spawn to exit
 * @property {number} [repeat] rounds of this measure for each round asked for
 * @property {Entrant[]} entrants
 *
 * @typedef {object} Finds what is looked for, and until it is found
 * @property {string} name
 * @property {string} title
 * @property {'s'} unit
 * @property {'finds'} kind
 * @property {string} peer
 * @property {number} seeds the most; one for each round asked for
 * @property {number} limit seconds that a search may take
 * @property {Readonly<Record<string, string>>} bugs by their ids, in a few words
 * @property {Entrant[]} entrants whose arguments have {bug} and {seed} in them
 */

/** What most measures are: microseconds of each of many operations, beside those of a peer. */
const MICROSECONDS = /** @type {const} */ ({ unit: 'us', compare: 'ratio', kind: 'batches' });

/**
 * @param {'encode' | 'parse'} work
 * @param {string} title
 * @param {Entrant[]} [others]
 * @returns {Measure}
 */
const codec = (work, title, others = []) => ({
  name: work,
  title,
  unit: 'ns',
  compare: 'ratio',
  peer: 'C',
  kind: 'batches',
  entrants: [
    { name: 'C', language: 'c', file: 'codec.c', args: [work] },
    { name: 'CPython', language: 'python', file: 'codec.py', args: [work] },
    {
      name: 'ancillary',
      language: 'node',
      file: 'codec-ancillary.mjs',
      args: [work],
      ...(work === 'encode' && { limit: 300 }),
    },
    ...others,
  ],
});

/**
 * The promise is against C that closes one descriptor after the other, as most programs do; the library closes a run
 * of numbers with one system call, so the two other rows tell that gain from the rest.
 *
 * @param {number} count
 * @param {number} target
 * @returns {Measure}
 */
const pass = (count, target) => ({
  name: `pass-${count}`,
  title: `send, receive and close ${count} descriptor${count > 1 ? 's' : ''} over a socketpair`,
  ...MICROSECONDS,
  peer: 'C',
  entrants: [
    { name: 'C', language: 'c', file: 'pass.c', args: [`${count}`] },
    { name: 'CPython', language: 'python', file: 'pass.py', args: [`${count}`] },
    { name: 'ancillary', language: 'node', file: 'pass-ancillary.mjs', args: [`${count}`], target },
    ...(count > 1 ? [] : [into]),
    ...(count > 1 ? closedTheOtherWay(count) : []),
  ],
});

/** @type {Entrant} */
const into = {
  name: 'ancillary, into memory given',
  language: 'node',
  file: 'pass-ancillary.mjs',
  args: ['1', 'into'],
  target: 1.2,
};

/** @param {number} count @returns {Entrant[]} */
const closedTheOtherWay = (count) => [
  { name: 'C, close_range', language: 'c', file: 'pass.c', args: [`${count}`, 'range'] },
  { name: 'ancillary, one by one', language: 'node', file: 'pass-ancillary.mjs', args: [`${count}`, 'each'] },
];

/** @type {Measure} */
const echo = {
  name: 'echo',
  title: '64 bytes to another process and back',
  ...MICROSECONDS,
  peer: 'net.Socket',
  entrants: [
    { name: 'net.Socket', language: 'node', file: 'echo-net.mjs' },
    { name: 'C, epoll', language: 'c', file: 'echo.c' },
    { name: 'CPython, asyncio', language: 'python', file: 'echo.py' },
    { name: 'ancillary, events', language: 'node', file: 'echo-ancillary.mjs', args: ['events'], target: 0.9 },
    { name: 'ancillary, promises', language: 'node', file: 'echo-ancillary.mjs', args: ['promises'] },
  ],
};

/** The same where each answer is awaited. @type {Measure} */
const echoAwaited = {
  name: 'echo-await',
  title: '64 bytes to another process and back, awaited',
  ...MICROSECONDS,
  peer: 'net.Socket, for await',
  entrants: [
    { name: 'net.Socket, for await', language: 'node', file: 'echo-net-await.mjs' },
    { name: 'ancillary, await', language: 'node', file: 'echo-ancillary.mjs', args: ['promises'], target: 1 },
  ],
};

/** Beside C that makes two system calls for each message. @type {Measure} */
const batches = {
  name: 'batch',
  title: 'send, receive and close 1 descriptor, 64 messages with one system call',
  ...MICROSECONDS,
  peer: 'C, one at a time',
  entrants: [
    { name: 'C, one at a time', language: 'c', file: 'pass.c', args: ['1'] },
    { name: 'ancillary', language: 'node', file: 'batch-ancillary.mjs', args: ['64'], target: 0.75 },
  ],
};

/** Nine tenths of C's rate. @type {Measure} */
const datagrams = {
  name: 'datagram',
  title: 'a datagram of 64 KiB over a socketpair',
  ...MICROSECONDS,
  peer: 'C',
  entrants: [
    { name: 'C', language: 'c', file: 'datagram.c', args: ['65536'] },
    { name: 'ancillary', language: 'node', file: 'datagram-ancillary.mjs', args: ['65536'], target: 1.11 },
    {
      name: 'ancillary, into memory given',
      language: 'node',
      file: 'datagram-ancillary.mjs',
      args: ['65536', 'into'],
      target: 1.11,
    },
  ],
};

/** The C that `ancillary bench ipc` has. */
const IPC = '../../../host/cli/bench/ipc.c';

/**
 * A queue beside the other ways between processes: what shows which one to choose.
 *
 * @param {number} size @returns {Measure}
 */
const queuePass = (size) => ({
  name: `queue-pass-${size}`,
  title: `a message of ${size} bytes into a System V queue and out again, and other ways`,
  ...MICROSECONDS,
  peer: 'C',
  entrants: [
    { name: 'C', language: 'c', file: IPC, args: ['pass', 'queue', `${size}`] },
    { name: 'ancillary', language: 'node', file: 'queue-pass-ancillary.mjs', args: [`${size}`], target: 1.45 },
    {
      name: 'ancillary, into memory given',
      language: 'node',
      file: 'queue-pass-ancillary.mjs',
      args: [`${size}`, 'into'],
      target: 1.3,
    },
    { name: 'Unix datagram, C', language: 'c', file: IPC, args: ['pass', 'dgram', `${size}`] },
    { name: 'Unix datagram, ancillary', language: 'node', file: 'datagram-ancillary.mjs', args: [`${size}`] },
    { name: 'Unix stream, C', language: 'c', file: IPC, args: ['pass', 'stream', `${size}`] },
    { name: 'Unix stream, ancillary', language: 'node', file: 'stream-ancillary.mjs', args: [`${size}`] },
    { name: 'TCP loopback, C', language: 'c', file: IPC, args: ['pass', 'tcp', `${size}`] },
    { name: 'TCP loopback, net.Socket', language: 'node', file: 'tcp-net.mjs', args: [`${size}`] },
  ],
});

/** No event tells of a queue: what asking costs, beside a process that sleeps in msgrcv. @type {Measure} */
const queueWake = {
  name: 'queue-wake',
  title: '64 bytes through a System V queue to another process that waits, and back',
  ...MICROSECONDS,
  peer: 'C, asleep',
  entrants: [
    { name: 'C, asleep', language: 'c', file: 'queue-wake.c' },
    { name: 'ancillary, busy', language: 'node', file: 'queue-wake-ancillary.mjs' },
    ...[5, 100].map((ms) => ({
      name: `ancillary, after ${ms} ms`,
      language: /** @type {const} */ ('node'),
      file: 'queue-wake-ancillary.mjs',
      args: [`${ms}`],
    })),
  ],
};

/** @type {Measure} */
const crowd = {
  name: 'crowd',
  title: 'a message of 64 bytes within one process, among others',
  ...MICROSECONDS,
  peer: 'one busy pair',
  entrants: [
    { name: 'one busy pair', language: 'node', file: 'crowd-ancillary.mjs', args: ['0', '1'] },
    { name: '1000 idle, 100 busy', language: 'node', file: 'crowd-ancillary.mjs', args: ['1000', '100'], target: 1.2 },
  ],
};

/** @type {Measure} */
const start = {
  name: 'start',
  title: 'a process from its spawn to its exit',
  unit: 'ms',
  compare: 'difference',
  peer: 'node -e 0',
  kind: 'starts',
  // One start is one sample, not the mean of a batch: more of them, because the spread is wider.
  repeat: 2,
  entrants: [
    { name: 'node -e 0', language: 'node', args: ['-e', '0'] },
    { name: 'empty module', language: 'node', file: 'start-empty.mjs' },
    { name: 'import', language: 'node', file: 'start-import.mjs', target: 20 },
    { name: 'import, socketpair', language: 'node', file: 'start-socketpair.mjs', target: 27 },
    { name: 'CPython, import socket', language: 'python', args: ['-c', 'import socket'] },
  ],
};

/**
 * Workers that wait must be in nobody's way.
 *
 * @param {'stat' | 'echo'} work
 * @param {string} title
 * @param {number} few
 * @returns {Measure}
 */
const workers = (work, title, few) => ({
  name: `worker-${work}`,
  title,
  ...MICROSECONDS,
  peer: `${few} waiting`,
  entrants: [few, 8, 32].map((count) => ({
    name: `${count} waiting`,
    language: 'node',
    file: 'workers.mjs',
    args: [work, `${count}`],
    ...(count > few && { target: 2 }),
  })),
});

/** @type {Measure} */
const instantiate = {
  name: 'instantiate',
  title: "an instance of the codec's module, compiled before",
  ...MICROSECONDS,
  peer: 'empty module',
  entrants: [
    { name: 'empty module', language: 'node', file: 'instantiate.mjs', args: ['empty'] },
    { name: 'codec', language: 'node', file: 'instantiate.mjs', limit: 60 },
  ],
};

/**
 * A million random buffers in one call. Rows whose walk is glibc's, whatever their layout, and one of each that has
 * another.
 *
 * @type {Measure}
 */
const survey = {
  name: 'survey',
  title: 'a random control buffer parsed strictly and walked, in calls of up to a million',
  unit: 'ns',
  compare: 'ratio',
  peer: 'C',
  kind: 'batches',
  entrants: [
    { name: 'C', language: 'c', file: 'survey.c' },
    {
      name: 'x86_64-glibc',
      language: 'node',
      file: 'survey-ancillary.mjs',
      args: ['x86_64-glibc', 'glibc-ge-2.37'],
      target: 1,
    },
    ...[
      ['powerpc-glibc', 'glibc-ge-2.37'],
      ['x86_64-musl', 'musl-1.2'],
      ['aarch64_be-musl', 'musl-1.2'],
      ['x86_64-freebsd', 'freebsd'],
      ['wasm32-emscripten', 'musl-1.2'],
    ].map((args) => ({
      name: `${args[0]}`,
      language: /** @type {const} */ ('node'),
      file: 'survey-ancillary.mjs',
      args,
      target: 2.5,
    })),
  ],
};

/**
 * A quarter of libFuzzer's time for an input, and 200 ns.
 *
 * @type {Measure}
 */
const fuzzDialects = {
  name: 'fuzz-dialects',
  title: 'an input made, taken through two walks, and what they cover looked at',
  unit: 'ns',
  compare: 'ratio',
  peer: 'libFuzzer',
  kind: 'batches',
  entrants: [
    { name: 'libFuzzer', language: 'libfuzzer', file: 'fuzz-libfuzzer.c' },
    ...[
      ['x86_64-glibc', 'glibc-le-2.36', 'glibc-ge-2.37'],
      ['x86_64-glibc', 'glibc-ge-2.37', 'musl-1.2'],
    ].map((args) => ({
      name: `ancillary, ${args[1]} and ${args[2]}`,
      language: /** @type {const} */ ('node'),
      file: 'fuzz-ancillary.mjs',
      args,
      target: 0.25,
      limit: 200,
    })),
  ],
};

/**
 * Both from nothing, with the options that they have by themselves, as a process from its start to its end.
 *
 * @type {Finds}
 */
const fuzzMuseum = {
  name: 'fuzz-museum',
  title: 'from the start of a process to the first input that shows a bug of the museum',
  unit: 's',
  kind: 'finds',
  peer: 'libFuzzer',
  seeds: 7,
  limit: 30,
  bugs: {
    A9: 'room for one packet info, two come',
    B10: 'descriptor number 65',
    D11: 'a time stamp over the next message',
    E5: 'a last message without payload is not seen',
    G2: 'two bytes expected, four come',
  },
  entrants: [
    { name: 'libFuzzer', language: 'libfuzzer', file: 'fuzz-museum.c', args: ['{bug}', '{seed}'] },
    {
      name: 'ancillary',
      language: 'node',
      file: '../../../build/cli.js',
      args: ['museum', 'search', '{seed}', '{bug}'],
    },
  ],
};

/**
 * Two jobs do at least 1.7 times what one does.
 *
 * @type {Measure}
 */
const fuzzJobs = {
  name: 'fuzz-jobs',
  title: 'the same by several processes at once, on as many free cores',
  unit: 'ns',
  compare: 'ratio',
  peer: 'one job',
  kind: 'batches',
  entrants: [1, 2].map((count) => ({
    name: count === 1 ? 'one job' : `${count} jobs`,
    language: /** @type {const} */ ('node'),
    file: 'fuzz-jobs.mjs',
    args: [`${count}`, 'x86_64-glibc', 'glibc-le-2.36', 'glibc-ge-2.37'],
    ...(count > 1 && { target: 0.588 }),
  })),
};

/**
 * Three quarters of C's rate. C is given the cases that the engine made, and makes the same checks of each; ours comes
 * first, since it writes them down.
 *
 * @type {Measure}
 */
const fuzzKernel = {
  name: 'fuzz-kernel',
  title: 'a control buffer made, sent, received and checked by the fuzzer (processor time)',
  unit: 'us',
  compare: 'ratio',
  peer: 'C',
  kind: 'batches',
  entrants: [
    { name: 'ancillary', language: 'node', file: 'fuzz-kernel-ancillary.mjs', target: 1.33 },
    { name: 'C', language: 'c', file: 'fuzz-kernel.c' },
    { name: 'C, close_range', language: 'c', file: 'fuzz-kernel.c', args: ['range'] },
  ],
};

/** @type {(Measure | Finds)[]} */
export const measures = [
  codec('encode', 'SCM_RIGHTS with 3 descriptors and SCM_CREDENTIALS, no system call', [
    { name: 'ancillary, within the module', language: 'node', file: 'encode-module.mjs', target: 1 },
  ]),
  codec('parse', 'the same bytes back to values, no system call'),
  survey,
  fuzzDialects,
  fuzzMuseum,
  fuzzJobs,
  instantiate,
  pass(1, 1.25),
  pass(8, 1),
  pass(253, 0.75),
  batches,
  fuzzKernel,
  datagrams,
  queuePass(64),
  queuePass(8192),
  queueWake,
  echo,
  echoAwaited,
  crowd,
  workers('stat', 'fs.stat on the main thread, beside worker threads that wait', 0),
  workers('echo', '64 bytes there and back in a worker thread, beside others that wait', 1),
  start,
];
