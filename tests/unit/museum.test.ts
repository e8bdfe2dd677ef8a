import * as assert from 'uvu/assert';
import { NOTHING } from '../../host/museum/beliefs.js';
import { CHECKS } from '../../host/museum/checks.js';
import type { Exhibit } from '../../host/museum/exhibit.js';
import { findExhibit, KINDS, kindsOf, roomOf, searchExhibits } from '../../host/museum/find.js';
import { EXHIBITS, ROOMS } from '../../host/museum/rooms.js';
import { simulate } from '../../host/museum/simulate.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('museum');
const codec = codecInstance();
const simulated = EXHIBITS.flatMap((exhibit) => {
  const simulation = simulate(codec, exhibit);
  return simulation ? [{ exhibit, simulation }] : [];
});

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
t.run();
