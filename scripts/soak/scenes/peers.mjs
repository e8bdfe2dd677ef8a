import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { UnixListener } from 'ancillary';

const peer = fileURLToPath(new URL('../peer.mjs', import.meta.url));

/** Another process that sends without end is killed somewhere in between: what came is right, and then comes the end. */
/** @param {import('../world.mjs').World} world */
export async function killedPeers(world) {
  const { dice } = world;
  const name = world.name();
  const listener = await UnixListener.listen(name, { maxFds: Infinity });
  const child = spawn(process.execPath, [peer, name.abstract], { stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    const stream = await Promise.race([listener.accept({ timeout: 20_000 }), ended.then(() => undefined)]);
    if (!stream) throw new Error('the peer ended before it was killed');
    try {
      stream.requirePeer({ uid: /** @type {number} */ (process.getuid?.()), pid: /** @type {number} */ (child.pid) });
      const until = dice.below(200);
      let at = 0;
      for (let i = 0; ; i++) {
        if (i === until) child.kill('SIGKILL');
        const message = await stream.receive().catch(endedAbruptly);
        if (message === null) break;
        world.checkContent(message.data, 1, at);
        at += message.size;
        for (const fd of message.fds) fd.close();
        world.counts.descriptors += message.fds.length;
        world.counts.messages++;
      }
      world.counts.mishaps++;
    } finally {
      stream.closeSync();
    }
  } finally {
    child.kill('SIGKILL');
    await ended;
    listener.closeSync();
  }
}

/** @param {{ code?: string }} error @returns {null} */
function endedAbruptly(error) {
  if (error.code === 'ECONNRESET') return null;
  throw error;
}

/** A worker that has sockets and descriptors, and waits, is terminated. */
/** @param {import('../world.mjs').World} world */
export async function terminatedWorkers(world) {
  const worker = new Worker(new URL('../worker.mjs', import.meta.url), { workerData: { fd: world.files[0] } });
  await Promise.race([once(worker, 'message'), once(worker, 'error').then(([error]) => Promise.reject(error))]);
  await worker.terminate();
  world.counts.mishaps++;
}
