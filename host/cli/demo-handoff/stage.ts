import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AncillaryError } from '../../errors/error.js';
import { atEnd } from '../lifetime.js';
import { Child } from './child.js';
import type { LoadMessage, LoadOrders, ServerMessage } from './messages.js';
import type { Role } from './server.js';
import type { Process, Story } from './story.js';

/** The hidden commands that the processes of the demo run. */
export const SERVER_COMMAND = 'demo-handoff-server';
export const LOAD_COMMAND = 'demo-handoff-load';

const LOAD: Omit<LoadOrders, 'port'> = { busy: 40, fresh: 4, rate: 800, idle: 160 };

/** Who takes over, one after the other, at even distances of time. */
const TAKERS: readonly Role[] = ['taker', 'taker', 'dies-holding', 'taker', 'taker'];

/** Plays the whole: a server under load that others take over from. `time` is how long, in milliseconds, if nothing lasts. */
export async function play(story: Story, time: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ancillary-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'handoff');
  const ended: Promise<void>[] = [];
  const first = new Actor(story, path, 'first');
  ended.push(first.ended);
  const { port } = await first.next('accepting');
  await first.next('offering');
  const load = await startLoad(story, { port, ...LOAD });
  const begin = story.time;
  let current = first;
  for (const [i, role] of TAKERS.entries()) {
    await sleepUntil(story, begin + (time * (i + 1)) / (TAKERS.length + 1));
    const taker = new Actor(story, path, role);
    ended.push(taker.ended);
    if (role !== 'taker') {
      await taker.killed();
      await current.next('kept');
      continue;
    }
    await taker.next('offering');
    current = taker;
  }
  await sleepUntil(story, begin + time);
  await load.stop();
  // It has nobody to hand over to: it ends as any server that is told to.
  current.tell('end');
  await Promise.all(ended);
}

async function startLoad(story: Story, orders: LoadOrders): Promise<{ stop(): Promise<void> }> {
  let opened: () => void = () => undefined;
  const isOpen = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const load = new Child<LoadMessage>([LOAD_COMMAND, JSON.stringify(orders)], (message) => {
    story.hearLoad(message);
    if (message.kind === 'opened') opened();
  });
  const failed = load.ended.then(({ code, signal }) => {
    if (code !== 0) throw new AncillaryError('ERR_CHILD', `the process that asks was ended by ${signal ?? code}`);
  });
  failed.catch(() => undefined);
  await Promise.race([isOpen, failed]);
  return {
    stop: () => {
      load.tell('stop');
      return failed;
    },
  };
}

/** One server process, whose messages go to the story, and can be waited for. */
class Actor {
  readonly ended: Promise<void>;
  readonly #process: Process;
  readonly #child: Child<ServerMessage>;
  readonly #heard = new Map<string, ServerMessage>();
  readonly #waiting = new Map<string, (message: ServerMessage) => void>();

  constructor(story: Story, path: string, role: Role) {
    let process: Process | undefined;
    this.#child = new Child<ServerMessage>([SERVER_COMMAND, path, role], (message) => {
      story.hear(process as Process, message);
      this.#heard.set(message.kind, message);
      this.#waiting.get(message.kind)?.(message);
    });
    process = story.start(this.#child.pid, role.startsWith('dies'));
    this.#process = process;
    this.ended = this.#child.ended.then((end) => story.end(process as Process, end));
  }

  /** Its end by SIGKILL. Rejects when it ends otherwise: then nobody hears of connections that are kept. */
  async killed(): Promise<void> {
    await this.ended;
    if (this.#process.end?.signal !== 'SIGKILL') throw this.#early();
  }

  #early(): AncillaryError {
    return new AncillaryError('ERR_CHILD', `process ${this.#child.pid} ended before its time: see what it said`);
  }

  /** The message of that kind, also when it has come already. Rejects when the process ends without it. */
  next<Kind extends ServerMessage['kind']>(kind: Kind): Promise<Extract<ServerMessage, { kind: Kind }>> {
    type Wanted = Extract<ServerMessage, { kind: Kind }>;
    return new Promise((resolve, reject) => {
      const heard = this.#heard.get(kind);
      if (heard) return resolve(heard as Wanted);
      this.#waiting.set(kind, (message) => resolve(message as Wanted));
      this.ended.then(() => reject(this.#early()), reject);
    });
  }

  tell(message: string): void {
    this.#child.tell(message);
  }
}

function sleepUntil(story: Story, time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, time - story.time)));
}
