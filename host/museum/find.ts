import { show } from '../check/show.js';
import { didYouMean } from '../check/suggest.js';
import { invalidArgument } from '../errors/error.js';
import type { Exhibit, Room } from './exhibit.js';
import type { CheckId, Kind } from './names.js';
import { EXHIBITS, ROOMS } from './rooms.js';

/** The exhibit of an id, whatever the case of its letter; an unknown one names the nearest. */
export function findExhibit(id: string): Exhibit {
  const found = EXHIBITS.find((exhibit) => exhibit.id === String(id).toUpperCase());
  if (found) return found;
  const guess =
    typeof id === 'string'
      ? didYouMean(
          id,
          EXHIBITS.map((exhibit) => exhibit.id),
        )
      : '';
  throw invalidArgument(`there is no exhibit ${show(id)}${guess || '; `ancillary museum` lists them'}`);
}

export function roomOf(exhibit: Exhibit): Room {
  return ROOMS.find(({ exhibits }) => exhibits.includes(exhibit)) as Room;
}

export function kindsOf({ simulation, replay }: Exhibit): Kind[] {
  return [...(simulation ? [simulation.kind] : []), ...(replay ? (['replay'] as const) : [])];
}

export interface Filter {
  /** Letter or name of a room. */
  room?: string | undefined;
  check?: CheckId | undefined;
  kind?: Kind | undefined;
  /** What is in its id, title, project or cause, whatever the case. */
  text?: string | undefined;
}

/** The exhibits that are all of what is asked. */
export function searchExhibits({ room, check, kind, text = '' }: Filter): Exhibit[] {
  return EXHIBITS.filter((exhibit) => {
    const { letter, name } = roomOf(exhibit);
    const { id, title, project, cause, checks } = exhibit;
    return (
      (room === undefined || room.toUpperCase() === letter || room.toLowerCase() === name) &&
      (check === undefined || checks.includes(check)) &&
      (kind === undefined || kindsOf(exhibit).includes(kind)) &&
      [id, title, project, cause].some((each) => each.toLowerCase().includes(text.toLowerCase()))
    );
  });
}
