/** Socket files that nobody listens at, and what is in the middle of replacing one. */
import { linkSync } from 'node:fs';
import { UnixListener } from 'ancillary';
import { Running, script } from './process.js';
import { lacks } from './tools.js';

/** Makes a dead socket file: it outlives its listener under another name. */
export function makeStale(path: string): void {
  const dead = UnixListener.listenSync(`${path}-dead`);
  linkSync(dead.path, path);
  dead.closeSync();
}

export const noStrace = lacks('strace', '-o', '/dev/null', '-e', 'inject=listen:error=EIO', 'true');

/** A module that listens at `path` with `options`, and prints `listens`, or code and message of the error. */
export const listenScript = (path: string, options = '{}', after = '') =>
  script(`
    import { UnixListener } from 'ancillary';
    try {
      const listener = UnixListener.listenSync(${JSON.stringify(path)}, ${options});
      console.log('listens');
      listener.closeSync();
    } catch (error) {
      console.log(error.name + ' ' + error.code + ' ' + error.message);
    }
    ${after}
  `);

/** The same, where strace has some system calls fail or take long. */
export function runInjected(injections: string[], argv: string[]): Running {
  const flags = injections.flatMap((injection) => ['-e', `inject=${injection}`]);
  return new Running(['strace', '-f', '-qq', '-o', '/dev/null', ...flags, ...argv]);
}
