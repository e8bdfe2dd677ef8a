import { isatty } from 'node:tty';
import type { Drawing } from '../view/drawing.js';
import { printDrawing, type TerminalOptions } from '../view/terminal.js';
import { print, STDOUT } from './output.js';

/**
 * How drawings are printed: in colour at a terminal, unless NO_COLOR (https://no-color.org) is set or the terminal is a
 * dumb one; FORCE_COLOR decides before all that, 0 and false against it. Lines are broken at a terminal only.
 */
export function terminalOptions(fd = STDOUT): TerminalOptions {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
  const isTerminal = isatty(fd);
  const colour = FORCE_COLOR ? !['0', 'false'].includes(FORCE_COLOR) : isTerminal && !NO_COLOR && TERM !== 'dumb';
  return isTerminal ? { colour, width: (fd === STDOUT ? process.stdout : process.stderr).columns || 80 } : { colour };
}

/** Prints a drawing on standard output. */
export function draw(drawing: Drawing): Promise<void> {
  return print(drawnText(drawing));
}

/** The text of a drawing, by default for standard output; its lines are indented by as many blanks. */
export function drawnText(drawing: Drawing, indent = 0, { colour, width } = terminalOptions()): string {
  const options = width === undefined ? { colour } : { colour, width: width - indent };
  return printDrawing(drawing, options)
    .map((line) => `${line === '' ? '' : ' '.repeat(indent)}${line}\n`)
    .join('');
}
