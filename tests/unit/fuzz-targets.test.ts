/** README.md lists the fuzzer's targets as the command does. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { formOf } from '../../host/fuzz/name.js';
import { TARGETS } from '../../host/fuzz/targets.js';
import { suite } from '../support/suite.js';

const t = suite('fuzz-targets');

t.test('the table of targets in the README is that of the command', () => {
  const [, table = ''] =
    /\| target \| what is tried \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(readFileSync('README.md', 'utf8')) ?? [];
  assert.is(table, TARGETS.map((row) => `| \`${formOf(row)}\` | ${row.summary} |\n`).join(''));
});

t.run();
