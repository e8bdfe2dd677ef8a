/** The library as browsers get it has the names that it has in Node, so that a program which imports them loads. */
import * as library from 'ancillary';
import * as assert from 'uvu/assert';
import * as browser from '../../host/browser.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('in a browser');

t.test('it exports what the library exports', () => {
  assert.equal(Object.keys(browser).sort(), Object.keys(library).sort());
});

for (const [there, here] of [
  [browser.OwnedFd, library.OwnedFd],
  [browser.UnixStream, library.UnixStream],
  [browser.UnixListener, library.UnixListener],
] as const) {
  t.test(`${here.name} has the same static functions, and nobody can make one`, async () => {
    assert.equal(Object.getOwnPropertyNames(there).sort(), Object.getOwnPropertyNames(here).sort());
    assert.is((await thrownBy(() => new there())).code, 'ERR_UNSUPPORTED');
  });
}

t.test('what is asynchronous rejects, as it does in Node', async () => {
  for (const call of [browser.UnixStream.connect, browser.UnixListener.listen]) {
    const promise = call();
    assert.instance(promise, Promise);
    assert.match((await thrownBy(() => promise)).message, /need Node\.js on Linux/);
  }
});

t.run();
