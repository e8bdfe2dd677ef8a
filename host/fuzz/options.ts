/** Types of Unix sockets. */
export const SOCKET_TYPES = ['stream', 'seqpacket', 'dgram'] as const;
export type SocketType = (typeof SOCKET_TYPES)[number];

/** What a run is given besides its target; the same for each of its jobs, and kept beside what it finds. */
export interface FuzzOptions {
  /** Id of the ABI whose control messages are made. */
  readonly abi: string;
  /** Ids of the two walks that are compared; without them every two that differ have their turn. */
  readonly between?: readonly [string, string] | undefined;
  /** Id of the bug in the museum whose walk or check is tried beside the right one. */
  readonly against?: string | undefined;
  /** A file whose bytes open a session with a server, sent before every input. */
  readonly before?: string | undefined;
  /** The type of a server's socket; without it, the one that connects. */
  readonly type?: SocketType | undefined;
  /** The most inputs a second that a live server gets. */
  readonly rate?: number | undefined;
  /** How long one input may take, in milliseconds. */
  readonly timeout: number;
  /** Which of `lanes` this job is, from 0 on, over all jobs of all shards: where work can be divided, this part is its. */
  readonly lane: number;
  readonly lanes: number;
}
