import * as assert from 'uvu/assert';

/** The message that a receive gave; its absence, the end of the connection, fails the test. */
export function arrived<T>(message: T | null): T {
  assert.ok(message !== null, 'the end came instead of a message');
  return message as T;
}
