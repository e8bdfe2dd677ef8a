import * as assert from 'uvu/assert';
import { hasAbi } from '../../host/model/rows.js';
import { kindsOf, roomOf, searchExhibits } from '../../host/museum/find.js';
import { CHECKS, KINDS, type Kind } from '../../host/museum/names.js';
import { EXHIBITS, ROOMS } from '../../host/museum/rooms.js';
import { museumLab } from '../../host/museum/search.js';
import { simulate } from '../../host/museum/simulate.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('museum');
const lab = museumLab();
const simulated = EXHIBITS.flatMap((exhibit) => {
  const simulation = simulate(lab, exhibit);
  return simulation ? [{ exhibit, simulation }] : [];
});

t.test('there are at least sixty bugs that can be tried, of every kind', () => {
  assert.ok(EXHIBITS.filter((exhibit) => kindsOf(exhibit).length > 0).length >= 60);
  for (const kind of Object.keys(KINDS) as Kind[]) assert.ok(searchExhibits({ kind }).length > 0, kind);
});

t.test('every id is there once and has the letter of its room; rooms have letters and names of their own', () => {
  assert.is(new Set(EXHIBITS.map(({ id }) => id)).size, EXHIBITS.length);
  for (const exhibit of EXHIBITS) assert.match(exhibit.id, new RegExp(`^${roomOf(exhibit).letter}[1-9][0-9]?$`));
  assert.is(new Set(ROOMS.flatMap(({ letter, name }) => [letter, name])).size, 2 * ROOMS.length);
});

for (const exhibit of EXHIBITS) {
  t.test(`${exhibit.id} says all that has to be said, each as it should`, () => {
    const { title, project, year, link, cause, abi, checks, replay } = exhibit;
    assert.match(title, /^[\p{L}\d].*[^.]$/u, 'title');
    assert.ok(project.length > 0, 'project');
    if (year !== undefined)
      assert.ok(Number.isInteger(year) && year >= 1995 && year <= new Date().getFullYear() + 1, 'year');
    assert.is(new URL(link).protocol, 'https:', 'link');
    assert.match(cause, /^\S[^\n]*[^.]\.$/, 'cause: one sentence on one line');
    assert.not.match(cause, /\. [A-Z]/, 'cause: one sentence');
    assert.ok(hasAbi(lab, abi), 'abi');
    assert.ok(checks.length > 0 && new Set(checks).size === checks.length, 'checks');
    for (const check of checks) assert.ok(check in CHECKS, check);
    assert.ok(kindsOf(exhibit).length > 0, 'it can be tried');
    if (replay) assert.ok(replay.calls.length > 0 && replay.expected.length > 0, 'replay');
  });
}

for (const { exhibit, simulation } of simulated) {
  const { id, title } = exhibit;
  t.test(`${id}, ${title}: its trigger shows it, its neighbours do not`, () => {
    const { trigger, neighbours } = simulation;
    assert.ok(simulation.isShown(trigger), `trigger: ${simulation.buggy(trigger)} | ${simulation.right(trigger)}`);
    assert.ok(neighbours.length > 0, 'it has neighbours');
    for (const neighbour of neighbours) {
      assert.not(
        simulation.isShown(neighbour),
        `${neighbour}: ${simulation.buggy(neighbour)} | ${simulation.right(neighbour)}`,
      );
    }
  });
}

const chance = random(seed());

/** The trigger with some bytes changed, or cut. */
function spoil(bytes: Uint8Array): Uint8Array {
  const spoilt = bytes.slice(0, chance.below(4) === 0 ? chance.below(bytes.length + 1) : bytes.length);
  for (let i = chance.below(4); i > 0 && spoilt.length > 0; i--) {
    spoilt[chance.below(spoilt.length)] = chance.pick([0, 1, 0x7f, 0x80, 0xff, chance.below(256)]);
  }
  return spoilt;
}

t.test('whatever the bytes, no simulation throws, and the same bytes are believed the same', () => {
  for (const { simulation } of simulated) {
    for (let i = 0; i < 200; i++) {
      const input = i % 2 === 0 ? chance.bytes(chance.below(80)) : spoil(simulation.trigger);
      assert.equal(simulation.buggy(input), simulation.buggy(input.slice()));
      assert.equal(simulation.right(input), simulation.right(input.slice()));
      assert.is(simulation.isShown(input), simulation.isShown(input.slice()));
    }
  }
});

t.run();
