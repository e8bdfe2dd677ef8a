/** What is sent on a stream, piece by piece, and what readers made of it. */
import { closeAll, type Message, type StreamMessage, type UnixStream } from 'ancillary';
import { withFds } from './sockets.js';

/** A text, and with how many descriptors it is sent. */
export type Piece = readonly [text: string, fds: number];

/** What a read gave: its text, and the positions of its descriptors; null at the end. */
export type Got = readonly [text: string, positions: number[]] | null;

export const MOST = { maxFds: 253 };

export async function sendPieces(stream: UnixStream, pieces: readonly Piece[]): Promise<void> {
  for (const [text, count] of pieces) await withFds(count, (fds) => stream.send(text, { fds }));
}

export function sendPiecesSync(stream: UnixStream, pieces: readonly Piece[], fd: number): void {
  for (const [text, count] of pieces) stream.sendSync(text, { fds: Array(count).fill(fd) });
}

/** What came, its descriptors closed. */
export function note(message: StreamMessage | Message | null): Got {
  if (message === null) return null;
  const { data, fds, size } = message;
  if (data.length !== size) throw new Error(`size is ${size}, of ${data.length} bytes`);
  const positions = 'positions' in message ? message.positions : fds.map(() => size);
  if (positions.length !== fds.length) throw new Error(`${positions.length} positions of ${fds.length} descriptors`);
  for (const fd of fds) if (fd.closed) throw new Error('a closed descriptor');
  closeAll(fds);
  return [data.toString(), positions];
}

/** All that was got as one: the text, and where in it each descriptor came. */
export function joined(got: readonly Got[], between = ''): { text: string; places: number[] } {
  let text = '';
  const places: number[] = [];
  for (const each of got) {
    if (each === null) continue;
    places.push(...each[1].map((position) => text.length + position));
    text += each[0] + between;
  }
  return { text, places };
}

/** The same of what is sent: each descriptor comes with the last byte of its piece. */
export function expected(pieces: readonly Piece[]): { text: string; places: number[] } {
  return joined(pieces.map(([text, count]) => [text, Array(count).fill(text.length)]));
}
