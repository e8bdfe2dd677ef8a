import { InvalidArgumentError } from 'commander';

/** Reads an option that is a whole number, in decimal digits. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    if (/^(0|[1-9][0-9]{0,15})$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** Reads the permissions of a file, as chmod(1) takes them in digits. */
export function fileMode(text: string): number {
  if (/^0{0,2}[0-7]{1,3}$/.test(text)) return Number.parseInt(text, 8);
  throw new InvalidArgumentError('It must be permissions in octal digits, such as 600.');
}
