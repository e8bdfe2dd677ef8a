/** A live server behind a Unix socket. */
import type { Target, TargetContext } from '../target.js';
import { SocketTarget } from './socket/target.js';

/** `path`, or @ and an abstract name; throws one line for a server that is not there, or is not the user's own. */
export async function openSocket(
  path: string,
  { options, note }: Pick<TargetContext, 'options' | 'note'>,
): Promise<Target> {
  const target = new SocketTarget(path, options, note);
  try {
    await target.learn();
    return target;
  } catch (error) {
    target.close();
    throw error;
  }
}
