/**
 * Whether the new program answers a URL, where the old one may answer as well since both take connections of the same
 * queue. Of each connection the kernel tells which process has accepted it: /proc/net/tcp says which socket it is, and
 * /proc/PID/fd who has that open. Only a connection of the new program is asked for the URL.
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import { holdersOf } from './family.js';

/** How long one connection is waited for, and between two of them, in milliseconds. */
const ASK_MS = 1000;
const PAUSE_MS = 20;
/** proc(5), /proc/net/tcp: local and remote port, and the inode, 0 until the connection is accepted. */
const ROW = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]{2} \S+ \S+ \S+ +\d+ +\d+ (\d+)/gm;

/** Reads `--ready-url`. */
export function readyUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:') return url;
  throw new InvalidArgumentError('It must be a URL that begins with http://.');
}

/**
 * Resolves once a process that `isNew` knows has answered `url` with a status below 400; never before `signal` is
 * aborted, then it resolves too. `tell` gets to know why it is not so yet.
 */
export async function untilAnswered(
  url: URL,
  isNew: (pid: number) => boolean,
  signal: AbortSignal,
  tell: (why: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    const problem = await ask(url, isNew, signal).catch((error: Error) => error.message || String(error));
    if (problem === undefined) return;
    tell(problem);
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** What keeps the new program from having answered; undefined when it has. */
async function ask(url: URL, isNew: (pid: number) => boolean, outer: AbortSignal): Promise<string | undefined> {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(ASK_MS)]);
  // [::1] is ::1 to connect to.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const socket = connect({ host, port: Number(url.port || 80), signal });
  try {
    await connected(socket);
    const holders = await acceptersOf(socket, signal);
    if (holders.length === 0)
      return `${url.host}: who has taken the connection cannot be told; it must be on this machine`;
    if (!holders.some(isNew)) return `${url.host}: another process has answered`;
    const status = await statusOf(url, socket, signal);
    return status < 400 ? undefined : `${url.href} answers with status ${status}`;
  } finally {
    socket.destroy();
  }
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    // Also later, when it is destroyed.
    socket.on('error', reject);
    socket.once('connect', () => resolve());
  });
}

/** The processes that have the other end open, once it is accepted. */
async function acceptersOf(socket: Socket, signal: AbortSignal): Promise<number[]> {
  const { localPort = 0, remotePort = 0, remoteFamily } = socket;
  while (!signal.aborted) {
    const inode = inodeOf(remotePort, localPort, remoteFamily === 'IPv6');
    if (inode === undefined) return [];
    if (inode > 0) return holdersOf(inode);
    await sleep(PAUSE_MS / 4, undefined, { signal }).catch(() => undefined);
  }
  throw new Error(`nobody has taken a connection within ${ASK_MS} ms`);
}

/** That of the socket at `port` which is connected with `peer`; undefined where it is none of this machine's. */
function inodeOf(port: number, peer: number, isIpv6: boolean): number | undefined {
  // A server of IPv6 takes IPv4 too.
  for (const file of isIpv6 ? ['tcp6'] : ['tcp', 'tcp6']) {
    for (const [, local = '', remote = '', inode] of readTable(file).matchAll(ROW)) {
      if (Number.parseInt(local, 16) === port && Number.parseInt(remote, 16) === peer) return Number(inode);
    }
  }
  return undefined;
}

function readTable(name: string): string {
  try {
    return readFileSync(`/proc/net/${name}`, 'latin1');
  } catch {
    // A kernel without IPv6.
    return '';
  }
}

function statusOf(url: URL, socket: Socket, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { createConnection: () => socket, signal, headers: { connection: 'close' } })
      .once('response', (response) => resolve(response.statusCode ?? 0))
      .on('error', reject)
      .end();
  });
}
