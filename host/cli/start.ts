#!/usr/bin/env node
// What is imported statically is loaded before a line of this runs.
import './flags-at-start.js';

await import(new URL('cli-main.js', import.meta.url).href);
