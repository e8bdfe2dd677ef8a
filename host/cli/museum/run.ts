import type { Exhibit } from '../../museum/exhibit.js';
import { museumLab } from '../../museum/search.js';
import { simulate } from '../../museum/simulate.js';
import { type Replayed, replayExhibit } from '../../replay/run.js';

/** How an exhibit behaved here. */
export interface Behaviour {
  id: string;
  title: string;
  /** Whether it is as its entry says, as far as it could be tried. */
  agrees: boolean;
  simulation?: { kind: string; agrees: boolean; problem?: string };
  replay?: Replayed;
}

/** Tries an exhibit: its bytes on both programs, and its calls on this machine's kernel. */
export async function tryExhibit(exhibit: Exhibit): Promise<Behaviour> {
  const { id, title } = exhibit;
  const simulation = trySimulation(exhibit);
  const replay = await replayExhibit(exhibit);
  const agrees = simulation?.agrees !== false && replay?.state !== 'differs';
  return { id, title, agrees, ...(simulation && { simulation }), ...(replay && { replay }) };
}

function trySimulation(exhibit: Exhibit): Behaviour['simulation'] {
  const simulated = simulate(museumLab(), exhibit);
  if (!simulated) return undefined;
  const { kind } = exhibit.simulation as NonNullable<Exhibit['simulation']>;
  if (!simulated.isShown(simulated.trigger)) return { kind, agrees: false, problem: 'its bytes do not show it' };
  const wrong = simulated.neighbours.findIndex((bytes) => simulated.isShown(bytes));
  return wrong < 0
    ? { kind, agrees: true }
    : { kind, agrees: false, problem: `its neighbour ${wrong}, which is right, shows it as well` };
}

/** A line or more for people. */
export function describeBehaviour({ id, title, agrees, simulation, replay }: Behaviour): string[] {
  const parts = [
    ...(simulation ? [simulation.agrees ? `${simulation.kind} shows it` : (simulation.problem as string)] : []),
    ...(replay ? [describeReplay(replay)] : []),
  ];
  const lines = [`${agrees ? '✓' : '✗'} ${id.padEnd(3)} ${title}: ${parts.join('; ')}`];
  if (replay?.state !== 'differs') return lines;
  return [
    ...lines,
    ...replay.expected.map((line) => `      expected: ${line}`),
    ...replay.told.map((line) => `      was:      ${line}`),
  ];
}

function describeReplay(replay: Replayed): string {
  if (replay.state === 'skipped') return `not replayed, ${replay.reason}`;
  return replay.state === 'agrees' ? 'the kernel does as it says' : 'the kernel does otherwise';
}
