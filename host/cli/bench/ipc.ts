/** `ancillary bench ipc`: the table that shows a user which way to choose. */
import { cpus, release } from 'node:os';
import { cell, type Drawing } from '../../view/drawing.js';
import { draw } from '../drawing.js';
import { printJson } from '../output.js';
import { ProgressLine } from '../progress.js';
import { type Race, runRace } from './race.js';
import { MEASURES, type MeasureName, WAYS, type Way } from './ways.js';

/** One row: nanoseconds, and how many times what C takes. */
interface Row {
  measure: MeasureName;
  way: Way;
  library?: number;
  c?: number;
  ratio?: number;
  problem?: string;
}

const DEFAULT_TIME = 10_000;

export async function benchIpc({ time = DEFAULT_TIME, json }: { time?: number; json?: true }): Promise<void> {
  const progress = new ProgressLine();
  const race = await runRace(time, (text) => progress.say(text)).finally(() => progress.clear());
  const rows = rowsOf(race);
  await (json ? printJson({ ...describe(race), rows }) : draw(drawTable(race, rows)));
  if (rows.some(({ problem }) => problem !== undefined)) process.exitCode = 1;
}

function describe({ rounds, lack }: Race) {
  const machine = { node: process.version, kernel: release(), arch: process.arch, cores: cpus().length };
  return { ...machine, rounds, ...(lack !== undefined && { withoutC: lack }) };
}

function rowsOf({ contenders }: Race): Row[] {
  return (Object.keys(MEASURES) as MeasureName[]).flatMap((measure) =>
    WAYS.map(({ way }): Row => {
      const find = (side: 'library' | 'c') =>
        contenders.find((each) => each.measure === measure && each.way === way && each.side === side);
      const [own, other] = [find('library'), find('c')];
      const library = own?.samples ?? [];
      const c = other?.samples ?? [];
      const problem = own?.problem ?? other?.problem;
      return {
        measure,
        way,
        ...(library.length > 0 && { library: Math.round(median(library)) }),
        ...(c.length > 0 && { c: Math.round(median(c)) }),
        ...(library.length > 0 && c.length > 0 && { ratio: Number(ratioOf(library, c).toFixed(2)) }),
        ...(problem !== undefined && { problem }),
      };
    }),
  );
}

/** Round by round. */
function ratioOf(samples: readonly number[], peer: readonly number[]): number {
  return median(samples.map((sample, round) => sample / Math.max(1, peer[round] as number)));
}

function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
}

function drawTable(race: Race, rows: readonly Row[]): Drawing {
  const { node, kernel, arch, cores } = describe(race);
  const numbers = (texts: readonly string[], role: 'title' | 'text') =>
    texts.map((text) => ({ ...cell(text, role), right: true }));
  const table = (Object.entries(MEASURES) as [MeasureName, string][]).flatMap(([measure, title]) => [
    [cell(title, 'title')],
    ...rows
      .filter((row) => row.measure === measure)
      .map((row) => {
        const { name = row.way, note } = WAYS.find(({ way }) => way === row.way) ?? {};
        const label = cell(`  ${name}${note === undefined ? '' : `, ${note}`}`);
        if (row.problem !== undefined) return [label, cell(row.problem, 'problem')];
        return [label, ...numbers([micro(row.library), micro(row.c), row.ratio?.toFixed(2) ?? '-'], 'text')];
      }),
  ]);
  const machine = `Node ${node.slice(1)}, Linux ${kernel}, ${arch}, ${cores} cores: medians of ${race.rounds} rounds`;
  return [
    {
      title: [cell(machine, 'title')],
      rows: [[cell('microseconds', 'offset'), ...numbers(['this library', 'C', 'ratio'], 'title')], ...table],
    },
    ...(race.lack === undefined ? [] : [{ title: [cell(`without C: ${race.lack}`, 'different')], rows: [] }]),
  ];
}

/** Three digits that mean something. */
function micro(nanoseconds: number | undefined): string {
  if (nanoseconds === undefined) return '-';
  const value = nanoseconds / 1000;
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
