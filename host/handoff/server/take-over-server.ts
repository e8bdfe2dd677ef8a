import type { Server } from 'node:net';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AncillaryError,
  checkFunction,
  checkOptions,
  invalidArgument,
  optionNames,
  SOCK_STREAM,
  show,
  toNetServer,
  type UnixAddress,
  type UnixSeqpacket,
} from '../base.js';
import { asError } from '../errors.js';
import { checkRoom } from '../room.js';
import { takeOver } from '../take-over.js';
import type { Preparation, Taken, TakeOverResult } from '../types.js';
import { connectionsOf } from './connections.js';
import { giveBack } from './give-back.js';
import { insideOfServer } from './inside.js';
import { kindOfServer } from './kind.js';
import { serve } from './serve.js';
import type { TakeOverServerOptions, TakeOverServerResult } from './types.js';

const OPTIONS = optionNames<TakeOverServerOptions>({
  requirePeer: true,
  timeout: true,
  signal: true,
  maxState: true,
  onProgress: true,
  waitFor: true,
  listener: true,
  prepare: true,
  restore: true,
});

const DOMAINS = [AF_UNIX, AF_INET, AF_INET6];

/**
 * Has `server`, which does not listen yet, take the place of the one that another process offers with `handOffServer`: it
 * listens on the same socket, and each connection comes to it by its `connection` event, with what had been read of it.
 * To the application they are as any other; `restore` is told what the old process said of each.
 *
 * Resolves when all have come; undefined where nobody offers at the address, and the server has to listen by itself.
 * Where the hand-off ends early, with an `error`, and the old process goes on, that accepts again; the server here does not
 * any more, serves the connections that it has, and emits `close` when they have closed.
 *
 * Rejects, and nothing has been taken, with the codes of `takeOver`, and `ERR_INVALID_ARGUMENT`.
 */
export async function takeOverServer(
  server: Server,
  where: UnixAddress | UnixSeqpacket,
  options?: TakeOverServerOptions,
): Promise<TakeOverServerResult | undefined> {
  const kind = kindOfServer(server, 'takeOverServer');
  const { listener, prepare, restore, ...rest } = checkOptions(options, OPTIONS, 'takeOverServer');
  if (listener !== undefined && typeof listener !== 'string') {
    throw invalidArgument(`listener must be a string, not ${show(listener)}`);
  }
  for (const [name, each] of Object.entries({ prepare, restore })) if (each !== undefined) checkFunction(each, name);
  checkNotListening(server);
  const connections = connectionsOf(server, kind);
  let name: string | undefined;
  let moved = 0;
  let failed = 0;
  let failure: AncillaryError | undefined;
  const take = (item: Taken) => {
    if (item.kind === 'listener') toNetServer(item.fd, { server, nonblocking: true });
    else {
      serve(connections, server, item, restore);
      moved++;
    }
  };
  let ended: TakeOverResult;
  try {
    ended = await takeOver(where, {
      ...rest,
      prepare: async (preparation) => {
        checkNotListening(server);
        name = nameOfListener(preparation, listener);
        await prepare?.(preparation);
        const { total, listeners, files } = preparation;
        if (total !== undefined) checkRoom(total - listeners.length - files.length);
      },
      accept: (item) => whyNot(item, name),
      onTaken: (item) => {
        try {
          take(item);
        } catch (error) {
          failed++;
          failure ??= asError(error);
          if (!item.fd.closed) item.fd.close();
          if (item.kind === 'listener') throw error;
        }
      },
    });
  } catch (error) {
    const { code } = asError(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
    throw error;
  }
  const { state, lost, error } = ended;
  // The old process lives, and accepts again: two that do would each have some of the clients, and both would be offered.
  if (error && error.code !== 'ERR_ENDED' && server.listening) giveBack(server);
  return { state, moved, failed, lost, error: error ?? failure };
}

function checkNotListening(server: Server): void {
  if (insideOfServer(server)._handle) throw invalidArgument('the server that is to take over listens already');
}

function nameOfListener({ listeners }: Preparation, wanted: string | undefined): string {
  const [first, ...more] = listeners;
  const name = wanted ?? (more.length === 0 ? first : undefined);
  if (name !== undefined && listeners.includes(name)) return name;
  const offered = listeners.length === 0 ? 'no listening socket is' : `${listeners.join(', ')} are`;
  const advice = wanted === undefined ? 'say which with the option listener' : `there is no '${wanted}'`;
  throw new AncillaryError('ERR_UNSUPPORTED', `${offered} offered: ${advice}`);
}

/** Why what is offered is left where it is: a server can do nothing with it. */
function whyNot({ kind, name, domain, type }: Taken, listener: string | undefined): string | undefined {
  if (kind === 'listener' && name !== listener) return 'this server takes another listening socket';
  const isStream = type === SOCK_STREAM && DOMAINS.includes(domain);
  return isStream ? undefined : 'a server takes TCP and Unix stream sockets';
}
