import { connect, type Socket } from 'node:net';
import { now } from '../../runtime/globals.js';
import type { Answer } from './messages.js';

/** What all connections of a load have in common. */
export class Tally {
  requests = 0;
  failed = 0;
  reset = 0;
  closed = 0;
  answers: Answer[] = [];
}

const HEAD_END = '\r\n\r\n';

/** One keep-alive connection, which is opened again when it is gone. Requests go out one after the other. */
export class Lane {
  readonly #port: number;
  readonly #tally: Tally;
  #socket: Socket | undefined;
  #text = '';
  /** The request that waits for its answer. */
  #settle: ((body: string | undefined) => void) | undefined;

  constructor(port: number, tally: Tally) {
    this.#port = port;
    this.#tally = tally;
  }

  /** Resolves when there is a connection; what fails is counted, and tried again by the next request. */
  async open(): Promise<Socket | undefined> {
    if (this.#socket) return this.#socket;
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#hear(text));
    socket.on('error', () => this.#gone(socket, 'reset'));
    socket.on('close', () => this.#gone(socket, 'closed'));
    this.#socket = socket;
    await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    return this.#socket;
  }

  /** Sends a request, and counts how it ends. */
  async ask(): Promise<void> {
    const tally = this.#tally;
    const number = ++tally.requests;
    const start = now();
    const socket = await this.open();
    const body = socket && (await this.#exchange(socket, `GET /${number} HTTP/1.1\r\nHost: localhost\r\n\r\n`));
    const [pid, answered] = body?.split(' ') ?? [];
    const end = now();
    if (answered === String(number)) tally.answers.push([end, end - start, Number(pid)]);
    else tally.failed++;
  }

  /** To be called between two requests. */
  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #exchange(socket: Socket, request: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#text = '';
      this.#settle = resolve;
      socket.write(request);
    });
  }

  #hear(text: string): void {
    this.#text += text;
    const head = this.#text.indexOf(HEAD_END);
    const length = /^content-length: (\d+)/im.exec(this.#text)?.[1];
    if (head < 0 || length === undefined) return;
    const body = this.#text.slice(head + HEAD_END.length);
    if (body.length >= Number(length)) this.#answer(this.#text.startsWith('HTTP/1.1 200 ') ? body : undefined);
  }

  #gone(socket: Socket, how: 'reset' | 'closed'): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#tally[how]++;
    this.#answer(undefined);
  }

  #answer(body: string | undefined): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(body);
  }
}
