import { InvalidArgumentError } from 'commander';
import { parseIpv4, parseIpv6 } from '../../model/address.js';
import { checkAddress, parseAddress, type UnixAddress } from '../../socket/address/address.js';
import { checkInetAddress, type InetTarget } from '../../socket/address/inet-address.js';

/** Where a listening socket is to be, and what LISTEN_FDNAMES calls it. */
export interface ListenPlace {
  readonly name: string;
  /** A port alone is all addresses of the machine. */
  readonly at: { readonly port: number } | { readonly inet: InetTarget } | { readonly unix: UnixAddress };
  /** For messages; two of one label are the same. */
  readonly label: string;
}

/** As sd_listen_fds_with_names(3) calls what has no name. */
const UNNAMED = 'unknown';
/** FDNAME_MAX of systemd is 255. */
const NAME = /^([A-Za-z0-9_.-]{1,255})=(.*)$/s;
const PORT = /^(0|[1-9][0-9]{0,4})$/;
const PORT_MAX = 65535;

/** Reads one `--listen`, and adds it to those before. */
export function listenPlace(text: string, before: readonly ListenPlace[] = []): ListenPlace[] {
  const [, name = UNNAMED, address = text] = NAME.exec(text) ?? [];
  const place = { name, ...placeOf(address) };
  // Port 0 is another one each time.
  const isAgain = before.some(({ label }) => label === place.label) && !/:0$/.test(place.label);
  if (isAgain) throw new InvalidArgumentError(`${place.label} is there twice.`);
  return [...before, place];
}

function placeOf(text: string): Omit<ListenPlace, 'name'> {
  if (text.startsWith('@') || text.includes('/')) return unixPlace(text);
  if (PORT.test(text)) {
    const port = portOf(text);
    return { at: { port }, label: `*:${port}` };
  }
  const [, ipv6, ipv4 = ipv6, digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(.*)$/.exec(text) ?? [];
  if (ipv4 === undefined || !PORT.test(digits)) {
    throw new InvalidArgumentError(
      'It must be a port, ADDRESS:PORT with [] around an IPv6 address, the path of a socket file with a / in it, or @NAME.',
    );
  }
  const isAddress = ipv6 === undefined ? parseIpv4(ipv4) : parseIpv6(ipv6.split('%', 1)[0] ?? '');
  if (!isAddress)
    throw new InvalidArgumentError('The part before the port must be an IP address; names are not looked up.');
  const inet = { address: ipv4, port: portOf(digits) };
  return { at: { inet }, label: said(() => checkInetAddress(inet, 'address', 0).label) };
}

function portOf(digits: string): number {
  if (Number(digits) <= PORT_MAX) return Number(digits);
  throw new InvalidArgumentError(`The port must be at most ${PORT_MAX}.`);
}

function unixPlace(text: string): Omit<ListenPlace, 'name'> {
  return said(() => {
    const unix = parseAddress(text);
    return { at: { unix }, label: checkAddress(unix).label };
  });
}

function said<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}
