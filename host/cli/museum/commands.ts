/** What `ancillary museum` and its commands do. */
import type { Command } from 'commander';
import { didYouMean } from '../../check/suggest.js';
import { AncillaryError } from '../../errors/error.js';
import { hexOfBytes } from '../../model/hex.js';
import { drawExhibit, drawRooms } from '../../museum/draw.js';
import type { Exhibit } from '../../museum/exhibit.js';
import { findExhibit, kindsOf, roomOf, searchExhibits } from '../../museum/find.js';
import type { CheckId, Kind } from '../../museum/names.js';
import { EXHIBITS } from '../../museum/rooms.js';
import { museumLab } from '../../museum/search.js';
import { simulate } from '../../museum/simulate.js';
import { draw } from '../drawing.js';
import { printJson, printLines } from '../output.js';
import { describeBehaviour, tryExhibit } from './run.js';

interface Options {
  room?: string;
  check?: CheckId;
  kind?: Kind;
  json?: true;
}

/** An unknown id is wrong usage. */
function exhibitNamed(id: string, command: Command): Exhibit {
  try {
    return findExhibit(id);
  } catch (error) {
    if (!(error instanceof AncillaryError)) throw error;
    return command.error(`error: ${error.message}`, { exitCode: 2 });
  }
}

/** `ancillary museum` */
export async function listExhibits(text: string | undefined, { room, check, kind, json }: Options): Promise<void> {
  const found = searchExhibits({ room, check, kind, text });
  if (found.length === 0) process.exitCode = 1;
  if (json) return printJson(found.map(describeExhibit));
  if (found.length === 0) return printLines([nothingFound(text)]);
  await draw(drawRooms(found));
}

function nothingFound(text: string | undefined): string {
  const guess = text === undefined ? '' : didYouMean(text, ['show', 'run', ...EXHIBITS.map(({ id }) => id)]);
  return `no bug of the museum is so${guess}`;
}

/** What JSON says of each in a list. */
function describeExhibit(exhibit: Exhibit) {
  const { id, title, project, year, link, cause, abi, checks } = exhibit;
  const room = roomOf(exhibit).name;
  return {
    id,
    title,
    project,
    ...(year !== undefined && { year }),
    link,
    room,
    cause,
    abi,
    checks,
    kinds: kindsOf(exhibit),
  };
}

/** `ancillary museum show` */
export async function showExhibit(id: string, { json }: Options, command: Command): Promise<void> {
  const exhibit = exhibitNamed(id, command);
  if (!json) return draw(drawExhibit(museumLab(), exhibit));
  const { simulation, replay } = exhibit;
  const simulated = simulate(museumLab(), exhibit);
  await printJson({
    ...describeExhibit(exhibit),
    ...(simulation &&
      simulated && {
        simulation: {
          kind: simulation.kind,
          ...(simulation.kind === 'walk' && { walks: [simulation.buggy, simulation.right] }),
          ...(simulation.kind === 'layout' && { believed: simulation.believed }),
          trigger: hexOfBytes(simulated.trigger),
          buggy: simulated.buggy(simulated.trigger),
          right: simulated.right(simulated.trigger),
        },
      }),
    ...(replay && { replay }),
  });
}

/** `ancillary museum run` */
export async function runExhibits(
  ids: string[],
  { all, json }: Options & { all?: true },
  command: Command,
): Promise<void> {
  // Either names or all, and not neither.
  if (ids.length > 0 === (all === true)) {
    command.error(`error: ${all ? '--all and ids exclude each other' : 'which bugs? Name them, or give --all'}`, {
      exitCode: 2,
    });
  }
  const exhibits = all ? EXHIBITS : new Set(ids.map((id) => exhibitNamed(id, command)));
  const tried = [];
  for (const exhibit of exhibits) {
    const behaviour = await tryExhibit(exhibit);
    tried.push(behaviour);
    if (!json) await printLines(describeBehaviour(behaviour));
  }
  const wrong = tried.filter(({ agrees }) => !agrees).length;
  const skipped = tried.filter(({ replay }) => replay?.state === 'skipped').length;
  if (wrong > 0) process.exitCode = 1;
  if (json) return printJson({ agrees: wrong === 0, tried, skipped });
  if (tried.length > 1)
    await printLines([`${tried.length - wrong} as they should be, ${wrong} not; ${skipped} not replayed here`]);
}
