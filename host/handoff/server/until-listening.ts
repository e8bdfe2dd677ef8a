import { errorMonitor } from 'node:events';
import type { Server } from 'node:net';
import { AncillaryError, limit } from '../base.js';
import { asError } from '../errors.js';
import { insideOfServer } from './inside.js';

/**
 * Resolves when the server listens: what is asked of it may be known before. Rejects with why it does not, with
 * `ERR_CLOSED` for one that has been closed, and with `ABORT_ERR`.
 */
export async function untilListening(server: Server, signal: AbortSignal | undefined): Promise<void> {
  if (server.listening) return;
  // It is set when a server listens first, and stays.
  if (typeof insideOfServer(server)._connectionKey === 'string') throw closedError();
  let forget = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      const onClose = () => reject(closedError());
      const onError = (error: unknown) => reject(asError(error));
      server.once('listening', resolve).once('close', onClose);
      server.once(errorMonitor as unknown as string, onError);
      const stop = limit({ signal }, 'waiting until the server listens', reject);
      forget = () => {
        stop();
        server.removeListener('listening', resolve);
        server.removeListener('close', onClose);
        server.removeListener(errorMonitor as unknown as string, onError);
      };
    });
  } finally {
    forget();
  }
}

function closedError(): AncillaryError {
  return new AncillaryError('ERR_CLOSED', 'this server has been closed');
}
