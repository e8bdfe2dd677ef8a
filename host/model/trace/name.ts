/** Socket addresses, as strace shows them with -X raw, as one text each. */
import { formatIpv4, formatIpv6 } from '../address.js';
import type { StraceBytes, StraceValue } from '../dump/strace-values.js';

/** `/path`, `@abstract`, `127.0.0.1:80`, `[::1]:80`, or the family; undefined where there is no address. */
export function readName(shown: StraceValue | undefined): string | undefined {
  if (shown?.kind !== 'record') return undefined;
  const bytes = (name: string): StraceBytes | undefined => {
    const member = shown.members.get(name);
    return member?.kind === 'bytes' ? member : undefined;
  };
  const number = (name: string): bigint | undefined => {
    const member = shown.members.get(name);
    return member?.kind === 'number' ? member.value : undefined;
  };
  const path = bytes('sun_path');
  if (path) return `${path.isAbstract ? '@' : ''}${new TextDecoder().decode(path.bytes)}`;
  const ip4 = bytes('sin_addr');
  if (ip4?.bytes.length === 4) return `${formatIpv4(ip4.bytes)}:${portOf(bytes('sin_port'))}`;
  const ip6 = bytes('sin6_addr');
  if (ip6?.bytes.length === 16) {
    const scope = number('sin6_scope_id') ?? 0n;
    return `[${formatIpv6(ip6.bytes)}${scope === 0n ? '' : `%${scope}`}]:${portOf(bytes('sin6_port'))}`;
  }
  const netlink = number('nl_pid');
  if (netlink !== undefined) return `netlink ${netlink}`;
  return `family ${number('sa_family') ?? '?'}`;
}

/** In network order. */
function portOf(shown: StraceBytes | undefined): number | string {
  return shown?.bytes.length === 2 ? shown.bytes.reduce((value, byte) => value * 256 + byte, 0) : '?';
}
