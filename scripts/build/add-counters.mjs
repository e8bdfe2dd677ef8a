#!/usr/bin/env node
/**
 * Makes the module with counters of the text that asc wrote (scripts/build/instrument.mjs).
 *
 *   node scripts/build/add-counters.mjs TEXT OUT
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { addCounters, optimizeModule } from './instrument.mjs';

const [, , text = '', out = ''] = process.argv;
writeFileSync(out, optimizeModule(addCounters(readFileSync(text, 'utf8')).text));
