/** `ancillary handoff` at work: its events, and calls to what it runs. */
import { request } from 'node:http';
import * as assert from 'uvu/assert';
import { cli, Running, type StartOptions, until } from './process.js';

/** One line that it told; what else is in it depends on the event. */
export interface Told {
  event: string;
  pid: number;
  [name: string]: unknown;
}

const all: Supervised[] = [];

/** Ends those that a test which failed has left. */
export async function endSupervised(): Promise<void> {
  for (const each of all) await each.end();
}

export class Supervised extends Running {
  /** `wrapper` is what runs it. */
  constructor(argv: string[], { wrapper = [], ...options }: StartOptions & { wrapper?: string[] } = {}) {
    super([...wrapper, ...cli('handoff', '--json', ...argv)], options);
    all.push(this);
  }

  /** What it has told so far, of one kind if that is given. */
  events(kind?: string): Told[] {
    const lines = this.stderr.split('\n').slice(0, -1);
    return lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Told)
      .filter(({ event }) => kind === undefined || event === kind);
  }

  /** Waits until so many of one kind have been told; the last of those. */
  async told(kind: string, count = 1): Promise<Told> {
    await until(`${count} of ${kind}`, () => {
      if (this.events(kind).length >= count) return true;
      const { exitCode, signalCode } = this.child;
      if (exitCode !== null || signalCode !== null) throw new Error(`it has ended (${exitCode}): ${this.stderr}`);
      return false;
    });
    return this.events(kind)[count - 1] as Told;
  }

  /** The port of the first --listen. */
  async port(): Promise<number> {
    const { address } = await this.told('listening');
    return Number(/\d+$/.exec(String(address))?.[0]);
  }

  /** Ends it with a signal, and sees that nothing is left. */
  async finish(code: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const ended = await this.end(signal);
    assert.is(ended.code, code, ended.stderr);
    assert.equal(this.left(), [], 'processes left');
  }
}

/** What a server answers, over a connection of its own. */
export function ask(port: number, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent: false, timeout: 30_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve(`${response.statusCode} ${body.trim()}`));
      response.on('error', reject);
    })
      .on('timeout', () => reject(new Error('no answer within 30 s')))
      .on('error', reject)
      .end();
  });
}
