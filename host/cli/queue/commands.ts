/** What the commands of `ancillary queue` do, in one part of the bundle, which is loaded when one of them is asked for. */
export { createQueue, removeQueue } from './create.js';
export { listAll, tellStatus } from './list.js';
export { peekMessage, receiveMessage } from './receive.js';
export { sendMessage } from './send.js';
export { showQueue } from './show.js';
