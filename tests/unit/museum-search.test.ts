/** The museum's bugs are found again, and nothing is found where there is no bug. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { findExhibit } from '../../host/museum/find.js';
import { EXHIBITS } from '../../host/museum/rooms.js';
import { museumLab, rediscover } from '../../host/museum/search.js';
import { simulate } from '../../host/museum/simulate.js';
import { withoutBug } from '../support/museum.js';
import { random, seed } from '../support/random.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('museum search');
const simulated = EXHIBITS.filter(({ simulation }) => simulation);

/** What docs/museum.md says of a bug: inputs by seed, from 1 on. */
const written = new Map(
  readFileSync('docs/museum.md', 'utf8')
    .split('\n')
    .filter((line) => /^\| [A-Z]\d/.test(line))
    .map((line) => line.slice(2, -2).split(' | '))
    .map((cells): [string, number[]] => [cells[0] as string, cells.slice(4, 7).map(Number)]),
);

t.test('docs/museum.md has a line for every bug that is simulated, each found with every seed', () => {
  assert.equal(
    [...written.keys()],
    simulated.map(({ id }) => id),
  );
  for (const [id, counts] of written) assert.ok(counts.length === 3 && counts.every((count) => count > 0), id);
});

/** Of every kind, and those that take long: what covers something new and what is compared has to guide them. */
for (const id of ['A8', 'B11', 'E3', 'E16', 'F6']) {
  t.test(
    `${id} is found again after as many inputs as docs/museum.md says, by an input that shows it`,
    () => {
      const exhibit = findExhibit(id);
      const found = [1n, 2n, 3n].map((seed) => rediscover(exhibit, seed, 1_000_000));
      assert.equal(
        found.map((each) => each?.executions),
        written.get(id),
        'npm run nightly writes them anew',
      );
      const { isShown } = simulate(museumLab(), exhibit) as NonNullable<ReturnType<typeof simulate>>;
      for (const each of found) assert.ok(each && isShown(each.input));
    },
    { timeout: 60_000 },
  );
}

t.test('a search that has no more inputs ends with nothing', () => {
  assert.is(rediscover(findExhibit('G2'), 1n, 10), undefined);
});

const chosen = seed();
for (const exhibit of simulated) {
  t.test(
    `${exhibit.id}: where the program has no bug, nothing is found in as many inputs`,
    () => {
      const most = Math.min(5000, Math.max(100, ...(written.get(exhibit.id) ?? [])));
      assert.is(rediscover(withoutBug(exhibit), BigInt(random(chosen).below(2 ** 32)), most), undefined);
    },
    { timeout: 30_000 },
  );
}

t.test('what is only replayed cannot be looked for, and says so', async () => {
  const error = await thrownBy(() => rediscover(findExhibit('B9'), 1n, 1));
  assert.is(error.code, 'ERR_UNSUPPORTED');
  assert.match(error.message, /^B9 is not simulated .* `ancillary museum run B9` replays it$/);
});

t.run();
