/**
 * A module of Node's, loaded when it is first needed: the sockets of this library do without node:net, node:dgram and
 * node:tty, each of which takes milliseconds of a start. Nor does a bundler follow what is made of node:module here.
 */
export function builtin(name: 'net'): typeof import('node:net');
export function builtin(name: 'dgram'): typeof import('node:dgram');
export function builtin(name: 'tty'): typeof import('node:tty');
export function builtin(name: 'cluster'): typeof import('node:cluster').default;
export function builtin(name: 'module'): typeof import('node:module');
export function builtin(name: 'fs/promises'): typeof import('node:fs/promises');
export function builtin(name: string): unknown {
  return process.getBuiltinModule(`node:${name}`);
}
