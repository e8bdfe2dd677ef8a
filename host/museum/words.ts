import { listPayloads } from '../model/payload-list.js';
import type { LabInstance } from '../wasm/lab.js';
import { sceneOf } from './scenes.js';

/**
 * A dictionary of an ABI: level and type of every payload that it has, as they stand in a header. What any search on that
 * ABI may know; no trigger is in it.
 */
export function wordsOf(lab: LabInstance, abi: string): Uint8Array[] {
  const scene = sceneOf(lab, abi);
  return listPayloads(lab, abi).map(({ numbers }) => {
    const word = new Uint8Array(8);
    scene.put(word, 0, 4, numbers[0]);
    scene.put(word, 4, 4, numbers[1]);
    return word;
  });
}
