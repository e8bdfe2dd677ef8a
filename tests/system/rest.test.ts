/** The rest after a failure that would come again at once. */
import * as assert from 'uvu/assert';
import { Rest } from '../../host/socket/opening/rest.js';
import { suite } from '../support/suite.js';

const t = suite('rest');

t.test('a rest is part of the time that the caller gave: less of it is left afterwards', async () => {
  const rest = new Rest();
  rest.begin();
  const { timeout = -1 } = await rest.over({ timeout: 5000 }, 'resting', () => {});
  // 20 ms less what two clocks may differ by.
  assert.ok(timeout >= 0 && timeout <= 4985, `${timeout} ms are left`);
});

t.test('without a timeout there is none afterwards either', async () => {
  const rest = new Rest();
  rest.begin();
  assert.is((await rest.over({}, 'resting', () => {})).timeout, undefined);
});

t.run();
