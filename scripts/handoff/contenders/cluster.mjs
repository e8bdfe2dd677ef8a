/** A cluster of one worker; `reload` starts another, and stops the first once the other listens. */
import cluster from 'node:cluster';
import { serveUntilStopped } from './server.mjs';

if (cluster.isPrimary) {
  const tell = (/** @type {object} */ message) => void (process.connected && process.send?.(message));
  const start = () => {
    const worker = cluster.fork();
    worker.on('message', tell);
    return worker;
  };
  let worker = start();
  process.on('message', (message) => {
    if (message !== 'reload') {
      worker.once('exit', () => process.disconnect());
      worker.send('stop');
      return;
    }
    const old = worker;
    worker = start();
    worker.once('listening', () => {
      old.once('exit', () => tell({ kind: 'reloaded' }));
      old.send('stop');
    });
  });
} else {
  serveUntilStopped({ host: '127.0.0.1', port: 0 });
}
