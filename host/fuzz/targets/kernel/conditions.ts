/** What is true of a control buffer, bit by bit, up to the first message that the kernel refuses for certain. */
export const CONDITION = {
  /** A cmsg_len is less than a header, or reaches beyond the end. */
  malformed: 1 << 0,
  /** More than 253 descriptors in all. */
  tooMany: 1 << 1,
  /** A descriptor that is not open. */
  closed: 1 << 2,
  /** A descriptor of io_uring. */
  ring: 1 << 3,
  /** SCM_CREDENTIALS of another size than struct ucred. */
  oddCredentials: 1 << 4,
  /** A type of SOL_SOCKET that Unix sockets do not take. */
  otherType: 1 << 5,
  /** An id of 2^32 - 1, which means none. */
  noId: 1 << 6,
  /** A pid that no process can have. */
  noPid: 1 << 7,
  /** A pid that is not the caller's. */
  foreignPid: 1 << 8,
  /** A uid or gid that is not the caller's. */
  foreignId: 1 << 9,
  /** Descriptors. */
  rights: 1 << 10,
  /** More bytes than the kernel gives a socket for its options (net.core.optmem_max). */
  long: 1 << 11,
} as const;

/** struct ucred */
export interface Credentials {
  pid: number;
  uid: number;
  gid: number;
}

/** What a control buffer holds, as the kernel reads it; the same object for every case. */
export interface Sent {
  /** msg_controllen */
  size: number;
  /** CONDITION bits. */
  conditions: number;
  /** How many descriptors; the first of `fds`. */
  count: number;
  readonly fds: Int32Array;
  /** The last credentials in it, where it has any. */
  hasCredentials: boolean;
  readonly credentials: Credentials;
}

/** The names of the conditions, for a cause. */
export function nameConditions(conditions: number): string {
  const names = Object.entries(CONDITION).filter(([, bit]) => (conditions & bit) !== 0);
  return names.map(([name]) => name).join(', ') || 'nothing special';
}
