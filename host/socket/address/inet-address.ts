import { escapeControls } from '../../check/escape.js';
import { checkOptions, optionNames } from '../../check/options.js';
import { show } from '../../check/show.js';
import { checkInteger, INT_MAX } from '../../check/values.js';
import { invalidArgument } from '../../errors/error.js';
import { AF_INET, AF_INET6 } from '../../libc/constants.js';
import { errnoName } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../../model/address.js';
import { readStructNamed } from '../../model/layout.js';

/** An Internet address and port, as the kernel says them. */
export interface InetAddress {
  /** `127.0.0.1`, `::1`, `::ffff:127.0.0.1` for IPv4 on an IPv6 socket. */
  address: string;
  /** From 0 to 65535. */
  port: number;
  /** Of IPv4 or IPv6. */
  family: 4 | 6;
  /** Index of the network interface that a link-local IPv6 address belongs to. */
  scope?: number;
}

/** An Internet address and port to be reached; what a message came `from` is one. */
export interface InetTarget {
  /** An address, no host name; a link-local IPv6 address may name its interface: `fe80::1%eth0`. */
  address: string;
  /** From 1 to 65535. */
  port: number;
  /** Checked against the address, which says it already. */
  family?: 4 | 6 | undefined;
  /** The interface of a link-local IPv6 address: its index, or its name. */
  scope?: number | string | undefined;
}

const NAMES = optionNames<InetTarget>({ address: true, port: true, family: true, scope: true });

/** The greatest port. */
const PORT_MAX = 65535;
/** in6_addr of an IPv4 address: ten zeros, two ones, the address (RFC 4291, 2.5.5.2). */
const MAPPED = [...new Array<number>(10).fill(0), 0xff, 0xff];

/** An address that has been checked. */
export interface CheckedAddress {
  domain: typeof AF_INET | typeof AF_INET6;
  /** 4 or 16. */
  ip: readonly number[];
  port: number;
  scope: number;
  /** For messages: `127.0.0.1:53`, `[::1]:53`. */
  label: string;
}

/** The address that was given; `what` names it, `leastPort` is 0 where the kernel may choose one. */
export function checkInetAddress(given: InetTarget, what: string, leastPort: number): CheckedAddress {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidArgument(
      `${what} must be an address and a port, like { address: '127.0.0.1', port: 53 }, not ${show(given)}`,
    );
  }
  const { address, port, family, scope } = checkOptions(given, NAMES, what);
  checkInteger(port, `${what}: port`, leastPort, PORT_MAX);
  const { ip, zone } = parse(address, what);
  const isIpv6 = ip.length === 16;
  if (family !== undefined && family !== (isIpv6 ? 6 : 4)) {
    throw invalidArgument(`${what}: family ${show(family)} is not that of ${show(address)}`);
  }
  if (!isIpv6 && scope !== undefined) throw invalidArgument(`${what}: only an IPv6 address has a scope`);
  if (zone !== undefined && scope !== undefined) {
    throw invalidArgument(`${what}: ${show(address)} names its interface already: leave scope out`);
  }
  return {
    domain: isIpv6 ? AF_INET6 : AF_INET,
    ip,
    port,
    scope: indexOf(zone ?? scope, what),
    label: isIpv6 ? `[${escapeControls(address)}]:${port}` : `${address}:${port}`,
  };
}

function parse(address: unknown, what: string): { ip: number[]; zone: string | undefined } {
  if (typeof address === 'string') {
    const ipv4 = parseIpv4(address);
    if (ipv4) return { ip: ipv4, zone: undefined };
    const mark = address.indexOf('%');
    const ipv6 = parseIpv6(mark < 0 ? address : address.slice(0, mark));
    if (ipv6) return { ip: ipv6, zone: mark < 0 ? undefined : address.slice(mark + 1) };
  }
  throw invalidArgument(
    `${what}: address must be an IPv4 or IPv6 address (a host name is to be looked up first), not ${show(address)}`,
  );
}

/** The index of an interface that is given by name or index; 0 for none. */
function indexOf(scope: number | string | undefined, what: string): number {
  if (scope === undefined) return 0;
  if (typeof scope === 'string' && !isNumber(scope)) return indexOfName(scope, what);
  return checkInteger(typeof scope === 'string' ? Number(scope) : scope, `${what}: scope`, 0, INT_MAX);
}

function isNumber(text: string): boolean {
  return text !== '' && [...text].every((digit) => digit >= '0' && digit <= '9');
}

function indexOfName(name: string, what: string): number {
  const { libc, codec, base } = native();
  const text = Buffer.from(`${name}\0`);
  // IFNAMSIZ (include/uapi/linux/if.h), with its NUL.
  const isName = text.length > 1 && text.length <= 16 && text.indexOf(0) === text.length - 1;
  const index = isName
    ? codec.arena.lend(text.length, (at) => {
        codec.bytes.set(text, at);
        return libc.if_nametoindex(base + at);
      })
    : 0;
  if (index > 0) return index;
  const why = isName ? ` (${errnoName(libc.errno())})` : '';
  throw invalidArgument(`${what}: there is no network interface ${show(name)}${why}`);
}

/** The bytes of the address on a socket of `domain`; an IPv6 socket reaches IPv4 addresses by their mapped ones. */
export function encodeInetAddress(address: CheckedAddress, domain: number): Uint8Array {
  const { port, scope, ip } = address;
  const { inet, inet6 } = layouts();
  if (domain === AF_INET) {
    if (address.domain !== AF_INET) {
      throw invalidArgument(
        `${address.label} is an IPv6 address, and this is an IPv4 socket: bind or connect another one`,
      );
    }
    const { bytes, view } = sockaddr(inet, AF_INET, port);
    bytes.set(ip, inet.addr);
    view.setUint16(inet.family, AF_INET, isLittle);
    return bytes;
  }
  const { bytes, view } = sockaddr(inet6, AF_INET6, port);
  bytes.set(ip.length === 4 ? [...MAPPED, ...ip] : ip, inet6.addr);
  view.setUint32(inet6.scope, scope, isLittle);
  return bytes;
}

function sockaddr({ size, family, port: portAt }: Layout, domain: number, port: number) {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint16(family, domain, isLittle);
  view.setUint16(portAt, port);
  return { bytes, view };
}

/** What the bytes that the kernel gave say; undefined where there is no address. */
export function decodeInetAddress(bytes: Uint8Array): InetAddress | undefined {
  const { inet, inet6 } = layouts();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const domain = bytes.length >= 2 ? view.getUint16(inet.family, isLittle) : 0;
  if (domain === AF_INET && bytes.length >= inet.size) {
    const address = formatIpv4(bytes.subarray(inet.addr, inet.addr + 4));
    return { address, port: view.getUint16(inet.port), family: 4 };
  }
  if (domain !== AF_INET6 || bytes.length < inet6.size) return undefined;
  const ip = bytes.subarray(inet6.addr, inet6.addr + 16);
  const isMapped = MAPPED.every((byte, i) => ip[i] === byte);
  const address = isMapped ? `::ffff:${formatIpv4(ip.subarray(12))}` : formatIpv6(ip);
  const scope = view.getUint32(inet6.scope, isLittle);
  return { address, port: view.getUint16(inet6.port), family: 6, ...(scope > 0 && { scope }) };
}

/** For messages. */
export function labelOf({ address, port, family }: InetAddress): string {
  return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Where the fields lie. */
interface Layout {
  size: number;
  family: number;
  port: number;
  addr: number;
  scope: number;
}

let known: { inet: Layout; inet6: Layout } | undefined;

/** struct sockaddr_in and sockaddr_in6 of this machine, looked up once. */
function layouts() {
  known ??= { inet: layoutOf('sockaddr_in', 'sin'), inet6: layoutOf('sockaddr_in6', 'sin6') };
  return known;
}

function layoutOf(name: string, prefix: string): Layout {
  const { codec, abiId } = native();
  const struct = readStructNamed(codec, abiId, name);
  const at = (field: string) => struct?.fields[`${prefix}_${field}`]?.offset ?? 0;
  return { size: struct?.size ?? 0, family: at('family'), port: at('port'), addr: at('addr'), scope: at('scope_id') };
}
