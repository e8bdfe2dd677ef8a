import { AncillaryError, reserveStack, show, type UnixAddress } from '../base.js';

const { env } = process;

/** The value of an environment variable, which is then removed if that is wanted; undefined for an empty one, too. */
export function takeVariable(name: string, isRemoved: boolean): string | undefined {
  // What is removed must be read, too; and V8 ends the process where it is to compile an expression without a stack.
  reserveStack();
  const value = env[name];
  if (isRemoved) delete env[name];
  return value === '' ? undefined : value;
}

/** Where NOTIFY_SOCKET says: a path, or an abstract name with @ in front. */
export function notifyAddress(value: string): UnixAddress {
  if (value.startsWith('/')) return value;
  if (value.startsWith('@') && value.length > 1) return { abstract: value.slice(1) };
  const what = value.startsWith('vsock') ? 'a vsock address, which is not supported' : show(value);
  throw new AncillaryError(
    'ERR_UNSUPPORTED',
    `NOTIFY_SOCKET must be an absolute path, or @ and an abstract name; it is ${what}`,
  );
}
