import { AncillaryError, closeAll, type OwnedFd, socketpair, UnixListener, UnixStream } from 'ancillary';
import { parse } from 'ancillary/codec';

export async function pass(path: string, file: number): Promise<string> {
  const listener: UnixListener = await UnixListener.listen(path);
  const [left, right] = socketpair({ credentials: true });
  const taken: number = left.sendSync(new Uint8Array(1), { fds: [file], credentials: true });
  const { data, fds, credentials } = await right.receive({ maxFds: 1, signal: AbortSignal.timeout(1000) });
  const owned: OwnedFd | undefined = fds[0];
  closeAll(fds);
  const stream: UnixStream = await UnixStream.connect(path);
  await Promise.all([stream.close(), listener.close()]);
  return `${taken} ${data.toString('hex')} ${credentials?.pid} ${owned?.number} ${parse('x86_64-glibc', data).problem}`;
}

export const codeOf = (error: unknown): string | undefined =>
  error instanceof AncillaryError ? error.code : undefined;
