/** The epoll instance of a thread: what is begun and fails leaves nothing behind. */
import * as assert from 'uvu/assert';
import { native } from '../../host/libc/native.js';
import { Epoll } from '../../host/reactor/epoll.js';
import { openFds } from '../support/descriptors.js';
import { limitFiles } from '../support/native.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('epoll');

t.test('an instance that gets no memory leaves no descriptor open', () => {
  const { arena } = native().codec;
  const before = openFds();
  arena.lend(arena.free - 64, () => {
    for (let i = 0; i < 3; i++) assert.throws(() => new Epoll(), /do not fit/);
  });
  assert.equal(openFds(), before);
});

t.test('one that gets no descriptor takes no memory, and says what to do', async () => {
  const { arena } = native().codec;
  const { free } = arena;
  const most = limitFiles(0, 3);
  try {
    const error = await thrownBy(() => new Epoll());
    assert.is(error.code, 'EMFILE');
    assert.match(error.message, /close some descriptors/);
  } finally {
    limitFiles(0, most);
  }
  assert.is(arena.free, free);
});

t.run();
