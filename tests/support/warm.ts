import { socketpair } from 'ancillary';

/** Has opened what is opened once for all: by libuv with its first stream, by the library with the first wait. */
export async function openWhatStays(): Promise<void> {
  process.stdout;
  const [a, b] = socketpair();
  const waiting = a.receive();
  b.closeSync();
  await waiting;
  a.closeSync();
}
