/** The queue that a command is about. */
import { ftok } from '../../sysv/key.js';
import { MessageQueue } from '../../sysv/queue.js';
import type { QueuePlace } from './options.js';

/** The key that is given, as such or by a file; undefined for none. */
export function givenKey({ key, ftok: name }: QueuePlace): number | undefined {
  return name ? ftok(name.path, name.id) : key;
}

/** The queue of an id or else of the key; whether one of that id is there shows when it is used. */
export function openQueue(id: number | undefined, place: QueuePlace): MessageQueue {
  return id === undefined ? MessageQueue.open(givenKey(place) as number) : MessageQueue.ofId(id);
}
