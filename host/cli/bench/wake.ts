/** How soon another process that waits has a message: this process sends it, `ancillary bench wake-peer` waits. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { AncillaryError } from '../../errors/error.js';
import { UnixDatagram } from '../../socket/datagram.js';
import { socketpair } from '../../socket/socketpair.js';
import { UnixStream } from '../../socket/stream.js';
import { MessageQueue } from '../../sysv/queue.js';
import { atEnd } from '../lifetime.js';
import { listenTcp } from './pass.js';
import { type Runner, SMALL, type Way } from './ways.js';

/** One side of a conversation of messages of SMALL bytes. */
interface Side {
  send(data: Uint8Array): Promise<unknown>;
  receive(): Promise<Uint8Array>;
}

/** Types of messages in a queue, by who has sent them. */
const THERE = 1;
const BACK = 2;
/** The descriptor that the other process has its socket at. */
const INHERITED = 3;

/** Starts the other process. It removes `queues` should this one vanish; `queue` is the one that it waits at. */
export async function openWake(way: Way, queue: number, queues: readonly number[]): Promise<Runner> {
  const { side, died } = await startPeer(way, queue, queues);
  const data = new Uint8Array(SMALL);
  const stamp = new DataView(data.buffer);
  return {
    async run(n) {
      let late = 0;
      for (let i = 0; i < n; i++) {
        stamp.setBigInt64(0, process.hrtime.bigint());
        await side.send(data);
        late += Number(stampOf(await Promise.race([side.receive(), died])));
      }
      return late;
    },
  };
}

async function startPeer(way: Way, queue: number, queues: readonly number[]) {
  const start = (place: number, socket: number | 'ignore' = 'ignore') => {
    const argv = [process.argv[1] as string, 'bench', 'wake-peer', way, `${place}`];
    const stdio: StdioOptions = ['pipe', 'ignore', 'inherit', socket];
    const peer = spawn(process.execPath, [...argv, ...queues.map(String)], { stdio });
    // Once it runs: until then nobody else removes the queues.
    atEnd(() => peer.kill('SIGKILL'));
    const died = endOf(peer);
    // Told to whoever waits for an answer.
    died.catch(() => undefined);
    return died;
  };
  if (way === 'queue') return { died: start(queue), side: sideOfQueue(queue, THERE, BACK) };
  if (way === 'tcp') {
    const { port, accepted } = await listenTcp();
    const died = start(port);
    return { died, side: sideOfTcp(await Promise.race([accepted, died])) };
  }
  const [near, far] = socketpair({ type: way });
  const died = start(INHERITED, far.fd);
  far.closeSync();
  return { died, side: sideOfSocket(near as UnixStream) };
}

async function endOf(peer: ChildProcess): Promise<never> {
  const [code, signal] = await once(peer, 'exit');
  throw new AncillaryError('ERR_PEER', `the process that waits has ended (${signal ?? code})`);
}

/** Waits for messages, and answers each with how late it came, until standard input ends; then removes `queues`. */
export async function runWakePeer(way: Way, place: number, queues: readonly number[]): Promise<void> {
  process.stdin.on('end', () => {
    for (const queue of queues) {
      try {
        MessageQueue.ofId(queue).remove();
      } catch {
        // Somebody else has.
      }
    }
    process.exit();
  });
  process.stdin.resume();
  const side = await openSide(way, place);
  const answer = new Uint8Array(SMALL);
  for (;;) {
    const sent = stampOf(await side.receive());
    new DataView(answer.buffer).setBigInt64(0, process.hrtime.bigint() - sent);
    await side.send(answer);
  }
}

async function openSide(way: Way, place: number): Promise<Side> {
  if (way === 'queue') return sideOfQueue(place, BACK, THERE);
  if (way === 'dgram') return sideOfSocket(UnixDatagram.adopt(place));
  if (way === 'stream') return sideOfSocket(UnixStream.adopt(place));
  const socket = connect({ port: place, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return sideOfTcp(socket);
}

function sideOfQueue(id: number, own: number, type: number): Side {
  const queue = MessageQueue.ofId(id);
  return { send: (data) => queue.send(own, data), receive: async () => (await queue.receive({ type })).data };
}

function sideOfSocket(socket: UnixStream | UnixDatagram): Side {
  const receive = async () => {
    const message = await socket.receive({ maxData: SMALL });
    if (message === null) throw new AncillaryError('ERR_PEER', 'the other process has closed the connection');
    return message.data;
  };
  return { send: (data) => socket.send(data), receive };
}

function sideOfTcp(socket: Socket): Side {
  const receive = async () => ((await once(socket, 'data')) as [Uint8Array])[0];
  return { send: async (data) => socket.write(data), receive };
}

function stampOf({ buffer, byteOffset }: Uint8Array): bigint {
  return new DataView(buffer, byteOffset, 8).getBigInt64(0);
}
