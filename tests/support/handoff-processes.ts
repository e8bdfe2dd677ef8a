/** The two processes of a hand-off, as modules in text, and who holds the other ends of their connections. */
import { closeSync } from 'node:fs';
import { socketpair, type UnixStream } from 'ancillary';
import { Running, script, until } from './process.js';

/** What both have: they serve a connection by saying so at once, and then answering everything with their letter. */
const SHARED = `
  import { readdirSync } from 'node:fs';
  import { socketpair, UnixSeqpacket, UnixStream } from 'ancillary';
  import { offer, takeOver } from 'ancillary/handoff';
  const { COUNT, AT, STEP } = process.env;
  const count = Number(COUNT);
  const say = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
  const open = () => readdirSync('/proc/self/fd').length;

  const first = UnixSeqpacket.adopt(3);
  // What the first of all waits opens stays open, and so does what the first output does.
  say('here');
  const [one, other] = socketpair();
  await one.receive({ timeout: 1 }).catch(() => {});
  one.closeSync();
  other.closeSync();
  const before = open();
  const serving = [];
  async function serve(stream, letter) {
    await stream.send(letter + ' serves\\n').catch(() => {});
    await stream.forEachMessage(({ data }) => stream.send(letter + ' ' + data).then(() => {}, () => {})).catch(() => {});
    stream.closeSync();
  }
  /** Ends itself at the given step. */
  let steps = {};
  const [killAt, killStep] = (STEP ?? '').split(':');
  const step = (name) => {
    steps[name] = (steps[name] ?? 0) + 1;
    if (name === killAt && steps[name] === Number(killStep)) process.kill(process.pid, 'SIGKILL');
  };
  async function end() {
    await Promise.all(serving);
    for (let i = 0; open() !== before && i < 400; i++) await new Promise((resolve) => setTimeout(resolve, 25));
    say({ leaked: open() - before });
  }
`;

const OLD = `${SHARED}
  const streams = [];
  while (streams.length < count) {
    const { fds } = await first.receive({ maxFds: 253 });
    for (const fd of fds) streams.push(UnixStream.adopt(fd));
  }
  const moved = new Set();
  const served = new Set();
  const keep = (fd) => {
    served.add(fd);
    serving.push(serve(fd, 'O'));
  };
  let begun = 0;
  let used;
  const result = await offer(AT, {
    total: count,
    timeout: 60_000,
    state: () => { say('greeted'); begun = performance.now(); used = process.cpuUsage(); return 1; },
    *connections() { for (const fd of streams) { step('pull'); yield { fd }; } },
    onMoved: ({ fd }) => { step('moved'); moved.add(fd); },
    onKept: ({ fd }) => keep(fd),
    onProgress: () => step('progress'),
  }).catch((error) => ({ error }));
  const { user, system } = process.cpuUsage(used);
  say({ ms: Math.round(performance.now() - begun), cpu: Math.round((user + system) / 1000) });
  for (const fd of streams) if (!moved.has(fd) && !served.has(fd)) keep(fd);
  say({ moved: moved.size, kept: served.size, error: result.error?.message, closed: streams.filter((each) => each.closed).length });
  await end();
`;

const NEW = `${SHARED}
  const result = await takeOver(AT, {
    waitFor: 60_000,
    timeout: 60_000,
    prepare: () => step('prepare'),
    accept: () => step('accept'),
    onTaken: ({ fd }) => { step('taken'); serving.push(serve(UnixStream.adopt(fd), 'T')); },
    onProgress: () => step('progress'),
  }).catch((error) => ({ error, moved: 0, lost: Number(/(\\d+) that were not/.exec(error.message)?.[1] ?? 0) }));
  const { moved, refused, lost, error } = result;
  say({ moved, refused, lost, error: error?.message });
  await end();
`;

export interface Outcome {
  moved: number;
  kept?: number;
  lost?: number;
  error?: string;
  closed?: number;
}

/** One of the processes. */
export class HandoffProcess {
  readonly running: Running;
  readonly #control: ReturnType<typeof socketpair>[0];

  constructor(
    side: 'old' | 'new',
    count: number,
    at: string,
    { step = '', node = process.execPath, before = [] as string[] } = {},
  ) {
    const [mine, theirs] = socketpair({ type: 'seqpacket' });
    const [, ...argv] = script(side === 'old' ? OLD : NEW);
    const inherited = theirs.release();
    this.running = new Running([...before, node, ...argv], {
      env: { COUNT: String(count), AT: at, STEP: step },
      stdio: ['ignore', 'pipe', 'pipe', inherited],
      limit: 300_000,
    });
    closeSync(inherited);
    this.#control = mine as never;
  }

  /** Gives it its ends of connections, and returns the others. */
  async connect(count: number): Promise<UnixStream[]> {
    const clients: UnixStream[] = [];
    while (clients.length < count) {
      const pairs = Array.from({ length: Math.min(253, count - clients.length) }, () => socketpair());
      await this.#control.send('x', { fds: pairs.map(([end]) => end), timeout: 60_000 });
      for (const [end, client] of pairs) {
        end.closeSync();
        clients.push(client);
      }
    }
    return clients;
  }

  /** The values that it has said so far. */
  said(): unknown[] {
    const lines = this.running.stdout.toString().split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line));
  }

  /** What it says of its hand-off. */
  async outcome(): Promise<Outcome> {
    const find = () => this.said().find((each) => typeof each === 'object' && each !== null && 'moved' in each);
    let isOver = false;
    this.running.ended.then(() => {
      isOver = true;
    });
    await until('a hand-off is over', () => find() || isOver, 120_000);
    const found = find();
    if (!found) throw new Error(`it ended before: ${this.running.stderr}`);
    return found as Outcome;
  }

  /** How many descriptors it has more than it began with, once nobody is connected to it any more. */
  async leaked(): Promise<number> {
    const { stderr } = await this.running.ended;
    const last = this.said().at(-1) as { leaked?: number } | undefined;
    if (last?.leaked === undefined) throw new Error(`it did not end well: ${stderr}`);
    return last.leaked;
  }

  close(): void {
    if (!this.#control.closed) this.#control.closeSync();
  }
}
