import { parentPort, workerData } from 'node:worker_threads';
import { socketpair, UnixListener } from 'ancillary';

const [a, b] = socketpair({ maxFds: Infinity });
a.sendSync('x', { fds: [workerData.fd] });
const message = b.receiveSync();
const listener = UnixListener.listenSync({ autobind: true });
a.receive().catch(() => {});
listener.accept().catch(() => {});
Reflect.set(globalThis, 'kept', [a, b, message, listener]);
parentPort?.postMessage('ready');
