/** A message sent and received within this process. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { socketpair } from '../../socket/socketpair.js';
import { MessageQueue } from '../../sysv/queue.js';
import { atEnd } from '../lifetime.js';
import type { Runner, Way } from './ways.js';

/** Does n operations, and is done when it returns or resolves. */
type Batch = (n: number) => void | Promise<void>;

/** What passes messages of `size` bytes; `queue` is the id of one that is empty. */
export async function openPass(way: Way, size: number, queue: number): Promise<Runner> {
  const batch = await open(way, new Uint8Array(size), queue);
  return {
    async run(n) {
      const start = process.hrtime.bigint();
      await batch(n);
      return Number(process.hrtime.bigint() - start);
    },
  };
}

async function open(way: Way, data: Uint8Array, queue: number): Promise<Batch> {
  if (way === 'queue') return passQueue(MessageQueue.ofId(queue), data);
  if (way === 'tcp') return passTcp(data);
  return way === 'dgram' ? passDatagram(data) : passStream(data);
}

function passQueue(queue: MessageQueue, data: Uint8Array): Batch {
  return (n) => {
    for (let i = 0; i < n; i++) {
      queue.sendSync(1, data);
      check(queue.receiveSync().data.length, data);
    }
  };
}

function passDatagram(data: Uint8Array): Batch {
  const [left, right] = socketpair({ type: 'dgram' });
  const options = { maxData: data.length };
  return (n) => {
    for (let i = 0; i < n; i++) {
      left.sendSync(data);
      check(right.receiveSync(options).size, data);
    }
  };
}

function passStream(data: Uint8Array): Batch {
  const [left, right] = socketpair();
  const options = { maxData: data.length };
  return (n) => {
    for (let i = 0; i < n; i++) {
      left.sendSync(data);
      let size = 0;
      while (size < data.length) size += right.receiveSync(options)?.size ?? Number.NaN;
      check(size, data);
    }
  };
}

async function passTcp(data: Uint8Array): Promise<Batch> {
  const [near, far] = await connectTcp();
  let size = 0;
  let done = () => {};
  far.on('data', (chunk) => {
    size += chunk.length;
    if (size >= data.length) done();
  });
  return async (n) => {
    for (let i = 0; i < n; i++) {
      size = 0;
      const came = new Promise<void>((resolve) => {
        done = resolve;
      });
      near.write(data);
      await came;
      check(size, data);
    }
  };
}

function check(size: number, data: Uint8Array): void {
  if (size !== data.length) throw new Error('not all came');
}

/** Both ends of a connection over the loopback. */
async function connectTcp(): Promise<[Socket, Socket]> {
  const { port, accepted } = await listenTcp();
  const near = connect({ port, host: '127.0.0.1', noDelay: true });
  atEnd(() => near.destroy());
  await once(near, 'connect');
  return [near, await accepted];
}

/** A port of the loopback that takes one connection. */
export async function listenTcp(): Promise<{ port: number; accepted: Promise<Socket> }> {
  const server = createServer({ noDelay: true });
  const accepted = once(server, 'connection').then(([socket]: Socket[]) => {
    server.close();
    atEnd(() => (socket as Socket).destroy());
    return socket as Socket;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, accepted };
}
