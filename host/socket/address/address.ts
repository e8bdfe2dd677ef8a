import { isBytes } from '../../check/bytes.js';
import { escapeControls } from '../../check/escape.js';
import { checkOptions, optionNames } from '../../check/options.js';
import { show } from '../../check/show.js';
import { invalidArgument } from '../../errors/error.js';
import { AF_UNIX } from '../../libc/constants.js';
import { native } from '../../libc/native.js';

/** sizeof(sun_path) less its NUL (unix(7)); an abstract name has a NUL in front. */
export const PATH_MAX_BYTES = 107;
/** Linux takes a path that fills sun_path and has no NUL: whoever is bound to one can be answered. */
const SUN_PATH_BYTES = 108;
/** offsetof(struct sockaddr_un, sun_path) */
const SUN_PATH = 2;

/**
 * Where a Unix socket is: the path of its socket file, or a name of the abstract namespace, which has no file and is
 * gone with its socket (unix(7)). Names that are no UTF-8 come, and may be given, as bytes.
 */
export type UnixAddress = string | { path: string | Uint8Array } | { abstract: string | Uint8Array };

/** Where to bind: an address, or a free abstract name of the kernel's choice. */
export type BindAddress = UnixAddress | { autobind: true };

const NAMES = optionNames<{ path: 1; abstract: 1; autobind: 1 }>({ path: true, abstract: true, autobind: true });

/** An address that has been checked. */
export interface Address {
  readonly kind: 'path' | 'abstract' | 'autobind';
  /** What stands in sun_path, without the NUL in front of an abstract name. */
  readonly name: Uint8Array;
  /** The path as a string, for file operations: only where it is UTF-8. */
  readonly path: string | undefined;
  /** For messages: escaped, an abstract name with an @ in front. */
  readonly label: string;
}

/** The address that was given; to be asked before it is used for anything else, even for an error. */
export function checkAddress(given: UnixAddress): Address {
  return checkAny(given, false);
}

/** The address to bind to, that was given. */
export function checkBindAddress(given: BindAddress): Address {
  const address = checkAny(given, true);
  if (address.kind !== 'path' || address.path !== undefined) return address;
  throw invalidArgument(`a path to bind to must be UTF-8: ${address.label}`);
}

function checkAny(given: BindAddress, mayAutobind: boolean): Address {
  if (typeof given === 'string') return pathAddress(given);
  if (typeof given !== 'object' || given === null || ![...NAMES].some((name) => name in given))
    throw notAnAddress(given);
  const { path, abstract, autobind } = checkOptions(given as Record<string, unknown>, NAMES, 'the address');
  const count = [path, abstract, autobind].filter((value) => value !== undefined).length;
  if (count !== 1) throw notAnAddress(given);
  if (path !== undefined) return pathAddress(path, SUN_PATH_BYTES);
  if (abstract !== undefined) return abstractAddress(abstract);
  if (!mayAutobind || autobind !== true) {
    throw invalidArgument('{ autobind: true } is no address to reach: only bind takes it');
  }
  return { kind: 'autobind', name: new Uint8Array(0), path: undefined, label: 'a free abstract name' };
}

function notAnAddress(given: unknown) {
  return invalidArgument(`an address must be a socket path or { abstract: name }, not ${show(given)}`);
}

function bytesOf(value: unknown, what: string): Uint8Array {
  if (typeof value === 'string' && value !== '') return Buffer.from(value);
  if (isBytes(value) && value.length > 0) return Uint8Array.from(value);
  throw invalidArgument(`${what} must be a non-empty string, not ${show(value)}`);
}

function pathAddress(given: unknown, most = PATH_MAX_BYTES): Address {
  const name = bytesOf(given, 'a socket path');
  if (name.includes(0)) throw invalidArgument(`a socket path may not contain NUL: ${show(given)}`);
  checkSize(name, 'socket path', given, most);
  const path = textOf(name);
  return { kind: 'path', name, path, label: escapeControls(path ?? Buffer.from(name).toString('latin1')) };
}

function abstractAddress(given: unknown): Address {
  const name = bytesOf(given, 'an abstract name');
  checkSize(name, 'abstract name', given);
  return {
    kind: 'abstract',
    name,
    path: undefined,
    label: `@${escapeControls(textOf(name) ?? Buffer.from(name).toString('latin1'))}`,
  };
}

function checkSize(name: Uint8Array, what: string, given: unknown, most = PATH_MAX_BYTES): void {
  if (name.length <= most) return;
  const shown = typeof given === 'string' && name.length < 4 * PATH_MAX_BYTES ? escapeControls(given) : show(given);
  throw invalidArgument(`${what} of ${name.length} bytes; Linux takes at most ${most}, use a shorter one: ${shown}`);
}

/** The text, if the bytes are UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString();
  return Buffer.from(text).equals(bytes) ? text : undefined;
}

/**
 * The address that a text means, as programs write it on command lines and in environment variables (NOTIFY_SOCKET,
 * sd_notify(3)): `@name` is the abstract name `name`, anything else the path of a socket file; the file `@name` itself
 * is `./@name`. Throws `ERR_INVALID_ARGUMENT` for what can be no address: no text, an empty one, more than 107 bytes.
 */
export function parseAddress(text: string): UnixAddress {
  if (typeof text !== 'string') throw invalidArgument(`an address must be a text, a path or @name, not ${show(text)}`);
  const address = text.startsWith('@') ? { abstract: text.slice(1) } : text;
  checkAddress(address);
  return address;
}

/**
 * The text that `parseAddress` takes for an address that the kernel gave; undefined where its name is no UTF-8. What
 * other sockets are called is not checked: they may have names that can hardly be given.
 */
export function formatAddress(address: UnixAddress): string | undefined {
  if (typeof address === 'string') return address.startsWith('@') ? `./${address}` : address;
  if ('path' in address) return undefined;
  return typeof address.abstract === 'string' ? `@${address.abstract}` : undefined;
}

/** The bytes of the struct sockaddr_un for the kernel: family, name, and behind a path a NUL. */
export function encodeAddress({ kind, name }: Address): Uint8Array {
  if (kind === 'autobind') return family(0);
  const bytes = family(Math.min(name.length + 1, SUN_PATH_BYTES));
  bytes.set(name, kind === 'abstract' ? SUN_PATH + 1 : SUN_PATH);
  return bytes;
}

function family(size: number): Uint8Array {
  const bytes = new Uint8Array(SUN_PATH + size);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, isLittle);
  return bytes;
}

const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** What the bytes that the kernel gave say; undefined for a socket that has no name. */
export function decodeAddress(bytes: Uint8Array): UnixAddress | undefined {
  if (bytes.length <= SUN_PATH) return undefined;
  const isAbstract = bytes[SUN_PATH] === 0;
  // An abstract name is all that was given, a path ends at its first NUL.
  let name = bytes.subarray(isAbstract ? SUN_PATH + 1 : SUN_PATH);
  if (!isAbstract && name.includes(0)) name = name.subarray(0, name.indexOf(0));
  const text = textOf(name);
  if (isAbstract) return { abstract: text ?? Buffer.from(name) };
  return text ?? { path: Buffer.from(name) };
}

/** `path`, if a socket can be bound to it. */
export function checkPath(path: unknown): string {
  if (typeof path !== 'string') throw invalidArgument(`a socket path must be a non-empty string, not ${show(path)}`);
  return pathAddress(path).path as string;
}

/** Calls `use` with the native address and the size of the struct sockaddr_un for `path`, which has been checked. */
export function withPath<T>(path: string, use: (address: number, size: number) => T): T {
  return withAddress(encodeAddress(pathAddress(path, SUN_PATH_BYTES)), use);
}

/** The same for an address that is encoded already. */
export function withAddress<T>(bytes: Uint8Array, use: (address: number, size: number) => T): T {
  const { codec, base } = native();
  return codec.arena.lend(bytes.length, (at) => {
    codec.bytes.set(bytes, at);
    return use(base + at, bytes.length);
  });
}

/** Who knows abstract sockets from other programs writes their names so. */
export function hintAbstract(path: string): string {
  return path.startsWith('@')
    ? `; a path that begins with @ is a file name here, an abstract name is { abstract: '${escapeControls(path.slice(1))}' }`
    : '';
}
