/** An HTTP server that says which request it answered, the exact bytes of its answers, and a client that speaks bytes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { until } from './process.js';

/** A door that a handler waits at. */
export class Gate {
  #open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  open(): void {
    this.#open();
  }
}

/** Answers each request with its own name, method, path and body; notes it. `/slow` waits at the gate, `/begun` in between. */
export function makeServer(who: string, log: string[], gate: Gate): Server {
  const server = createServer((request, response) => {
    response.sendDate = false;
    void answer(who, request, response, log, gate);
  });
  // No answer depends on how fast the machine is.
  server.keepAliveTimeout = 60_000;
  return server;
}

async function answer(who: string, request: IncomingMessage, response: ServerResponse, log: string[], gate: Gate) {
  const { method, url } = request;
  if (url === '/early') {
    log.push(`${who} ${method} ${url}`);
    response.setHeader('Content-Length', `${who} ${method} ${url} `.length);
    response.end(`${who} ${method} ${url} `);
    return;
  }
  let body = '';
  for await (const chunk of request) body += chunk;
  log.push(`${who} ${method} ${url} ${body}`.trimEnd());
  const text = `${who} ${method} ${url} ${body}`;
  if (url === '/slow') await gate.opened;
  if (url === '/begun' || url === '/big') {
    response.setHeader('Content-Length', 2 * text.length + (url === '/big' ? BIG : 0));
    response.write(text);
    if (url === '/big') response.write(Buffer.alloc(BIG, 'x'));
    await gate.opened;
  }
  if (!response.headersSent) response.setHeader('Content-Length', text.length);
  response.end(text);
}

/** More than a connection holds whose client does not read. */
export const BIG = 16 * 1024 * 1024;

/** The bytes of an answer. */
export function answerOf(text: string, { head = false, close = false, interim = '' } = {}): string {
  const kept = close ? 'Connection: close\r\n' : 'Connection: keep-alive\r\nKeep-Alive: timeout=60\r\n';
  return `${interim}HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n${kept}\r\n${head ? '' : text}`;
}

/** A client that keeps what it gets. */
export class Client {
  readonly socket: Socket;
  received = '';
  hasEnded = false;
  error: Error | undefined;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (data: string) => {
      this.received += data;
    });
    this.socket.on('end', () => {
      this.hasEnded = true;
    });
    this.socket.on('error', (error) => {
      this.error = error;
    });
  }

  async connected(): Promise<void> {
    await until('the client is connected', () => !this.socket.connecting);
  }

  close(): void {
    this.socket.destroy();
  }
}

export function listen(server: Server | import('node:net').Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
