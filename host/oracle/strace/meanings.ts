/**
 * What strace must make of control messages that the rows encode: its own words for what was meant. It knows more kinds
 * in every release; one that it does not decode is no difference.
 */
export interface Meaning {
  /** As the rows name it. */
  message: Record<string, unknown>;
  level: string;
  /** Releases differ in what they call it. */
  types: readonly string[];
  data: string;
}

const PKTINFO = { ipi_ifindex: 0, ipi_spec_dst: '127.0.0.2', ipi_addr: '127.0.0.3' };
const TIME = { tv_sec: 0x123456, tv_usec: 654321 };
const PRECISE = { tv_sec: 0x123456, tv_nsec: 987654321 };
const PRECISE_TEXT = '{tv_sec=1193046, tv_nsec=987654321}';
const TIME_TEXT = '{tv_sec=1193046, tv_usec=654321}';

export const MEANINGS: readonly Meaning[] = [
  { message: { fds: [0, 1, 2] }, level: 'SOL_SOCKET', types: ['SCM_RIGHTS'], data: '[0, 1, 2]' },
  {
    message: { credentials: { pid: 4321, uid: 1234, gid: 5678 } },
    level: 'SOL_SOCKET',
    types: ['SCM_CREDENTIALS'],
    data: '{pid=4321, uid=1234, gid=5678}',
  },
  {
    message: { timestamp: TIME },
    level: 'SOL_SOCKET',
    types: ['SO_TIMESTAMP_OLD', 'SO_TIMESTAMP', 'SCM_TIMESTAMP'],
    data: TIME_TEXT,
  },
  {
    message: { timestamp_new: TIME },
    level: 'SOL_SOCKET',
    types: ['SO_TIMESTAMP_NEW'],
    data: TIME_TEXT,
  },
  {
    message: { timestampns: PRECISE },
    level: 'SOL_SOCKET',
    types: ['SO_TIMESTAMPNS_OLD', 'SO_TIMESTAMPNS', 'SCM_TIMESTAMPNS'],
    data: PRECISE_TEXT,
  },
  {
    message: { timestampns_new: PRECISE },
    level: 'SOL_SOCKET',
    types: ['SO_TIMESTAMPNS_NEW'],
    data: PRECISE_TEXT,
  },
  { message: { ttl: 37 }, level: 'SOL_IP', types: ['IP_TTL'], data: '[37]' },
  {
    message: { pktinfo: PKTINFO },
    level: 'SOL_IP',
    types: ['IP_PKTINFO'],
    data: '{ipi_ifindex=0, ipi_spec_dst=inet_addr("127.0.0.2"), ipi_addr=inet_addr("127.0.0.3")}',
  },
  {
    message: { origdstaddr: { sin_family: 2, sin_port: 4321, sin_addr: '127.0.0.2' } },
    level: 'SOL_IP',
    types: ['IP_ORIGDSTADDR'],
    data: '{sa_family=AF_INET, sin_port=htons(4321), sin_addr=inet_addr("127.0.0.2")}',
  },
];
