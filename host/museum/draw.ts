/** An exhibit as a drawing: its story, the bytes that show it, and both programs beside each other. */
import { hexOfBytes } from '../model/hex.js';
import { drawControl } from '../view/control.js';
import { type Block, type Cell, cell, type Drawing } from '../view/drawing.js';
import type { LabInstance } from '../wasm/lab.js';
import type { Belief, Exhibit, Simulation } from './exhibit.js';
import { kindsOf, roomOf } from './find.js';
import { CHECKS } from './names.js';
import { sceneOf } from './scenes.js';
import { simulate } from './simulate.js';

/** So many lines of what the programs believe are drawn, from the first that differs. */
const MOST_LINES = 12;
/** Rows of a dump. */
const MOST_ROWS = 40;
/** Bytes in a row of what is no control buffer. */
const ROW = 8;

export function drawExhibit(lab: LabInstance, exhibit: Exhibit): Drawing {
  const { simulation, replay } = exhibit;
  const simulated = simulate(lab, exhibit);
  return [
    drawStory(exhibit),
    ...(simulation && simulated
      ? [
          drawTrigger(lab, exhibit.abi, simulation, simulated.trigger),
          ...drawBuilt(lab, exhibit.abi, simulation, simulated.trigger),
          drawSides(simulation, simulated.buggy(simulated.trigger), simulated.right(simulated.trigger)),
        ]
      : []),
    ...(replay
      ? [
          {
            title: [cell(`on this machine's kernel: ${replay.calls}`, 'title')],
            rows: replay.expected.map((line) => [cell(line)]),
          },
        ]
      : []),
  ];
}

function drawStory(exhibit: Exhibit): Block {
  const { id, title, project, year, link, cause, abi, checks } = exhibit;
  const fields: [string, string][] = [
    ['project', year === undefined ? project : `${project}, ${year}`],
    ['room', `${roomOf(exhibit).letter}, ${roomOf(exhibit).title}`],
    ['link', link],
    ['cause', cause],
    ['ABI', abi],
    ['tried as', kindsOf(exhibit).join(', ')],
    ...checks.map((check, i): [string, string] => [i === 0 ? 'found by' : '', `${check}: ${CHECKS[check]}`]),
  ];
  return {
    title: [cell(`${id}, ${title}`, 'title')],
    rows: fields.map(([name, text]) => [cell(name, 'offset'), cell(text)]),
  };
}

function drawTrigger(lab: LabInstance, abi: string, simulation: Simulation, bytes: Uint8Array): Block {
  const isMemory = 'isMemory' in simulation && simulation.isMemory === true;
  const what = isMemory ? 'what the memory held' : 'the bytes that show it';
  const title = [cell(bytes.length === 0 ? `${what}: none` : what, 'title')];
  if (!isMemory) return { title, rows: dump(lab, abi, bytes) };
  const rows: Cell[][] = [];
  for (let at = 0; at < bytes.length; at += ROW) {
    rows.push([cell(at, 'offset'), cell(hexOfBytes(bytes.subarray(at, at + ROW), ' '), 'payload')]);
  }
  return { title, rows };
}

/** What a program builds that means the same messages, if it builds some. */
function drawBuilt(lab: LabInstance, abi: string, simulation: Simulation, trigger: Uint8Array): Drawing {
  if (!('builds' in simulation) || !simulation.builds) return [];
  const bytes = simulation.builds(trigger, sceneOf(lab, abi));
  return [{ title: [cell('what the program makes of these messages', 'title')], rows: dump(lab, abi, bytes) }];
}

function dump(lab: LabInstance, abi: string, bytes: Uint8Array): Cell[][] {
  const { rows } = drawControl(lab, abi, bytes);
  const left = rows.length - MOST_ROWS;
  return left <= 0 ? rows : [...rows.slice(0, MOST_ROWS), [cell(''), cell(`(${left} rows more)`)]];
}

/** What the two are called. */
function namesOf(simulation: Simulation): [buggy: string, right: string] {
  if (simulation.kind === 'walk') return [`with the bug: ${simulation.buggy}`, `without: ${simulation.right}`];
  if (simulation.kind === 'layout') return [`with the bug: read as ${simulation.believed}`, 'without'];
  return ['with the bug', 'without'];
}

function drawSides(simulation: Simulation, buggy: Belief, right: Belief): Block {
  const count = Math.max(buggy.length, right.length);
  let first = 0;
  while (first < count && buggy[first] === right[first]) first++;
  const from = Math.max(0, Math.min(first - 1, count - MOST_LINES));
  const rows = [namesOf(simulation).map((name) => cell(name, 'offset'))];
  if (from > 0) rows.push([cell(`(${from} more, alike)`), cell('')]);
  for (let i = from; i < Math.min(count, from + MOST_LINES); i++) {
    const isSame = buggy[i] === right[i];
    // Marked by more than a colour, which not everybody sees.
    const wrong = buggy[i] ?? '';
    rows.push([
      isSame || wrong === '' ? cell(wrong) : cell(`${wrong} *`, 'different'),
      cell(right[i] ?? '', isSame ? 'text' : 'title'),
    ]);
  }
  const left = count - from - MOST_LINES;
  if (left > 0) rows.push([cell(`(${left} more)`), cell('')]);
  return {
    title: [cell(simulation.kind === 'builder' ? 'what becomes of it' : 'what the program takes to be true', 'title')],
    rows,
  };
}

/** The exhibits of each room, a line for each. */
export function drawRooms(exhibits: readonly Exhibit[]): Drawing {
  const rooms = [...new Set(exhibits.map(roomOf))];
  return rooms.map((room) => ({
    title: [cell(`${room.letter}, ${room.title}`, 'title')],
    rows: exhibits
      .filter((exhibit) => roomOf(exhibit) === room)
      .map((exhibit) => [
        cell(exhibit.id, 'title'),
        cell(exhibit.year === undefined ? '' : String(exhibit.year), 'offset'),
        cell(exhibit.project),
        cell(kindsOf(exhibit).join(' '), 'type'),
        cell(exhibit.checks.join(' '), 'level'),
        cell(exhibit.title),
      ]),
  }));
}
