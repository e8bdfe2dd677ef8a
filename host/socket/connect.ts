import { escapeControls } from '../check/escape.js';
import { checkOptions, optionNames } from '../check/options.js';
import { checkBoolean } from '../check/values.js';
import { type Origin, originOf } from '../fd/origin.js';
import { numberOf, type OwnedFd } from '../fd/owned-fd.js';
import { EACCES, EAGAIN, ECONNREFUSED, ENOENT, EPROTOTYPE, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import type { WaitOptions } from '../reactor/limit.js';
import { fail, NOT_YET, retry } from '../reactor/wait.js';
import { checkPath, hintAbstract, withAddress } from './address.js';
import { ownerOf } from './file.js';
import { makeBlocking, makeSocket, type StreamOptions } from './make-socket.js';
import { type Standing, standingAt } from './probe.js';
import { reserveStack } from './stack.js';

/** Makes what the caller gets of a socket, before it is connected; owns the socket once it has returned. */
export type StreamMaker<T> = (socket: OwnedFd, label: string, options: StreamOptions) => T;

type Caller = (...args: never[]) => unknown;

const OPTIONS = optionNames<StreamOptions & WaitOptions>({ credentials: true, signal: true, timeout: true });
const SYNC_OPTIONS = optionNames<StreamOptions>({ credentials: true });

/** Connects to the listener at `path`; waits while its backlog is full. `caller` is the public function. */
export function connectStream<T>(
  path: string,
  options: (StreamOptions & WaitOptions) | undefined,
  make: StreamMaker<T>,
  caller: Caller,
): Promise<T> {
  try {
    checkPath(path);
    const { credentials, signal, timeout } = checkOptions(options, OPTIONS, 'connect');
    const attempt = prepare(path, credentials, make, caller);
    // No event tells of room in a backlog.
    return retry(attempt, { signal, timeout }, `connecting to ${escapeControls(path)}`);
  } catch (error) {
    return fail(error);
  }
}

/** Connects at once, or throws `EAGAIN` while the listener's backlog is full. */
export function connectStreamSync<T>(
  path: string,
  options: StreamOptions | undefined,
  make: StreamMaker<T>,
  caller: Caller,
): T {
  checkPath(path);
  const { credentials } = checkOptions(options, SYNC_OPTIONS, 'connectSync');
  const stream = prepare(path, credentials, make, caller)();
  if (stream !== NOT_YET) return stream;
  throw systemError('connect', EAGAIN, `to ${escapeControls(path)}`, 'its backlog is full: try again');
}

/** What is to be tried, with the line of code that asked for it. */
function prepare<T>(
  path: string,
  credentials: unknown,
  make: StreamMaker<T>,
  caller: Caller,
): () => T | typeof NOT_YET {
  const options = { credentials: checkBoolean(credentials, 'credentials') };
  const origin = originOf(`connected to ${escapeControls(path)}`, caller);
  return () => tryConnect(path, options, make, origin);
}

function tryConnect<T>(path: string, options: StreamOptions, make: StreamMaker<T>, origin: Origin): T | typeof NOT_YET {
  const { libc } = native();
  reserveStack();
  const socket = makeSocket(origin);
  try {
    // Credentials are asked for before connecting, so that the very first message of the peer has them too.
    const stream = make(socket, escapeControls(path), options);
    const result = withAddress(path, (address, size) => libc.connect(numberOf(socket), address, size));
    if (result === 0) {
      makeBlocking(socket);
      return stream;
    }
    const errno = libc.errno();
    socket.close();
    if (errno === EAGAIN) return NOT_YET;
    throw systemError('connect', errno, `to ${escapeControls(path)}`, explain(errno, path));
  } catch (error) {
    socket[Symbol.dispose]();
    throw error;
  }
}

/** What is so, where the errno alone says too little. */
function explain(errno: number, path: string): string {
  switch (errno) {
    case ENOENT:
      return `nobody listens there, there is no such socket file${hintAbstract(path)}`;
    case ECONNREFUSED:
      return tellStanding(path) === 'no socket'
        ? 'nobody listens there, what is there is no socket'
        : 'nobody listens there';
    case EACCES:
      return ownerOf(path) === ''
        ? 'this user may not go through the folders on its way'
        : `this user may not connect to the socket file there${ownerOf(path)}`;
    case EPROTOTYPE:
      return `a socket of type ${tellStanding(path) ?? 'unknown'} is bound there, where a stream socket is needed`;
    default:
      return '';
  }
}

/** For a message only: what went wrong before matters more than that it cannot be told. */
function tellStanding(path: string): Standing | undefined {
  try {
    return standingAt(path);
  } catch {
    return undefined;
  }
}
