import { lacks } from './tools.js';

/** Root may read and write everything, unless it gives that up. */
const CAPABILITIES = '-dac_override,-dac_read_search';
const noOverride = ['setpriv', `--inh-caps=${CAPABILITIES}`, `--bounding-set=${CAPABILITIES}`];
const isRoot = process.getuid?.() === 0;

/** Put before a command, permissions hold for it. */
export const asOrdinary = isRoot ? noOverride : [];

/** Why that cannot be done here, or undefined. */
export const noSetpriv = isRoot ? lacks('setpriv', ...noOverride.slice(1), 'true') : undefined;
