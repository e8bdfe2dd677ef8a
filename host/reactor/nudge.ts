import { setImmediate } from '../runtime/globals.js';

const IS_NEEDED = Number.parseInt(process.versions.node, 10) > 24;

/** From Node 26 on promises are not served after a callback of koffi's, but only after the next one of Node's own. */
export function nudge(): void {
  if (IS_NEEDED) setImmediate(() => undefined);
}
