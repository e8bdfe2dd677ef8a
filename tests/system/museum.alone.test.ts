import { readdirSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { EXHIBITS } from '../../host/museum/rooms.js';
import { REPLAYS } from '../../host/replay/replays.js';
import { replayExhibit } from '../../host/replay/run.js';
import { suite } from '../support/suite.js';

const t = suite('museum replays');
const open = () => readdirSync('/proc/self/fd').length;
const withReplay = EXHIBITS.filter(({ replay }) => replay);

t.test('what an entry tells of this kernel can be replayed, and nothing else', () => {
  assert.equal(Object.keys(REPLAYS).sort(), withReplay.map(({ id }) => id).sort());
});

for (const exhibit of withReplay) {
  t.test(`${exhibit.id}: the kernel does what the entry says, and nothing stays open`, async () => {
    const before = open();
    const replayed = await replayExhibit(exhibit);
    assert.is(open(), before, 'descriptors');
    if (replayed?.state === 'skipped') console.log(`skip ${exhibit.id}: ${replayed.reason}`);
    else assert.equal(replayed?.told, exhibit.replay?.expected);
  });
}

t.run();
