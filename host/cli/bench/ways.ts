/** The ways between processes that are measured, and what of each. */

export type Way = 'queue' | 'dgram' | 'stream' | 'tcp';

export const WAYS: readonly { way: Way; name: string; note?: string }[] = [
  { way: 'queue', name: 'System V queue' },
  { way: 'dgram', name: 'Unix datagram' },
  { way: 'stream', name: 'Unix stream' },
  // The library has no TCP: this is what there is instead.
  { way: 'tcp', name: 'TCP loopback', note: 'node:net' },
];

/** Bytes of the messages that wake another process. */
export const SMALL = 64;
export const LARGE = 8192;
/** How long the other process has waited when it is woken late, in milliseconds: after that a queue is asked least often. */
export const IDLE = 100;

export type MeasureName = 'pass-64' | 'pass-8192' | 'wake-busy' | 'wake-idle';

export const MEASURES: Record<MeasureName, string> = {
  [`pass-${SMALL}`]: `${SMALL} bytes sent and received, within one process`,
  [`pass-${LARGE}`]: `${LARGE} bytes sent and received, within one process`,
  'wake-busy': 'until another process has a message, one after the other',
  'wake-idle': `until another process has a message, when it has waited for ${IDLE} ms`,
} as Record<MeasureName, string>;

/** What does the work of a measure, again and again. */
export interface Runner {
  /** The nanoseconds that n operations take. */
  run(n: number): Promise<number>;
}
