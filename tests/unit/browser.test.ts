/** The library as browsers get it has the names that it has in Node, so that a program which imports them loads. */
import * as library from 'ancillary';
import * as assert from 'uvu/assert';
import * as browser from '../../host/browser.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('in a browser');

t.test('it exports what the library exports', () => {
  assert.equal(Object.keys(browser).sort(), Object.keys(library).sort());
});

const isClass = (value: unknown) =>
  typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
const classes = Object.entries(library).filter(([name, value]) => isClass(value) && name !== 'AncillaryError');
t.test('there are classes', () => assert.ok(classes.length > 4));
for (const [name, here] of classes) {
  t.test(`${name} has the same static functions, and nobody can make one`, async () => {
    const there = Reflect.get(browser, name) as new () => unknown;
    const statics = (value: object) => Object.getOwnPropertyNames(value).sort();
    assert.equal(statics(there), statics(here));
    assert.is((await thrownBy(() => new there())).code, 'ERR_UNSUPPORTED');
    for (const each of statics(there)) {
      const call = Reflect.get(there, each) as unknown;
      if (typeof call !== 'function' || each === 'isOwnedFd') continue;
      // The library's own is asynchronous where it has a twin.
      const isLater = statics(there).includes(`${each}Sync`);
      const answer = isLater ? (call() as Promise<unknown>) : undefined;
      const error = await thrownBy(() => answer ?? call());
      assert.match(error.message, /need Node\.js on Linux/);
    }
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
