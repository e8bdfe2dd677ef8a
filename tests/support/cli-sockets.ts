/** Starting what listens or is bound, and calling it once it can be called. */
import { readFileSync } from 'node:fs';
import { cli, type Ended, isListening, Running, run, type StartOptions, until } from './process.js';
import { lacks } from './tools.js';

export const TYPES = ['stream', 'seqpacket', 'dgram'] as const;
export type Type = (typeof TYPES)[number];

export const noPython = lacks('python3', '--version');

/** argv of a peer in Python. */
export const python = (...argv: string[]) => ['python3', 'tests/fixtures/python/message-peer.py', ...argv];

/** Whether a socket is bound at `name`, a path or @name, and listens if its type does. */
export function isCallable(name: string, type: Type): boolean {
  if (type !== 'dgram') return isListening(name);
  return readFileSync('/proc/net/unix', 'latin1')
    .split('\n')
    .some((line) => line.endsWith(` ${name}`));
}

/** Starts `argv`, which is going to be bound at `name`. */
export async function startAt(name: string, type: Type, argv: string[], options?: StartOptions): Promise<Running> {
  const running = new Running(argv, options);
  await until('it can be called', () => {
    if (running.child.exitCode !== null) throw new Error(`it has ended: ${running.stderr}`);
    return isCallable(name, type);
  });
  return running;
}

/** Starts `ancillary recv --listen` there. */
export const startRecv = (name: string, type: Type, ...argv: string[]) =>
  startAt(name, type, cli('recv', '--listen', name, '--type', type, ...argv));

/** Runs `ancillary send --connect` there. To any datagram socket descriptors go only when that is said. */
export const sendTo = (name: string, type: Type, ...argv: string[]): Promise<Ended> =>
  run(cli('send', '--connect', name, '--type', type, ...(type === 'dgram' ? ['--to-uid', 'any'] : []), ...argv));

let count = 0;

/** An abstract name that nobody else has. */
export const abstractName = () => `@ancillary-test-${process.pid}-${++count}`;
