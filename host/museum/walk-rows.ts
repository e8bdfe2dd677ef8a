import { invalidArgument } from '../errors/error.js';
import { findControlAbi, listDialects } from '../model/rows.js';
import { collectWalk, type Walk } from '../model/walk.js';
import { readText } from '../wasm/instance.js';
import type { LabInstance } from '../wasm/lab.js';

/** The number of a walk: of assembly/rows/walks.json, or of the museum's own, museum.json. */
export function findWalk(lab: LabInstance, id: string): number {
  const known = listDialects(lab).findIndex((dialect) => dialect.id === id);
  if (known >= 0) return known;
  const { dialectCount, walkCount, museumText } = lab.exports;
  for (let walk = dialectCount(); walk < walkCount(); walk++) {
    if (readText(lab, museumText(walk)) === id) return walk;
  }
  throw invalidArgument(`there is no walk '${id}', in the museum neither`);
}

/** Walks a control buffer by the number of a walk, the museum's own among them. */
export function walkAsRow(lab: LabInstance, abiId: string, walk: number, control: Uint8Array): Walk {
  const abi = findControlAbi(lab, abiId);
  return collectWalk(lab, control, control.length, (start, skip, most, out) =>
    lab.exports.walkAny(abi, walk, start, control.length, 0, skip, most, out),
  );
}
