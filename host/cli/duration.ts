import { InvalidArgumentError } from 'commander';

/** Milliseconds of each unit. */
const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** What a timer of Node takes. */
const MOST = 2 ** 31 - 1;

/** Reads a length of time, `30s`, `5m`, `1h`, in milliseconds; a bare number is seconds. */
export function duration(text: string): number {
  const [, digits, unit = 's'] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  const milliseconds = Math.round(Number(digits) * (UNITS[unit] as number));
  if (milliseconds >= 1 && milliseconds <= MOST) return milliseconds;
  throw new InvalidArgumentError('It must be a length of time such as 30s, 5m or 1h, and 24d at most.');
}

/** Milliseconds as they are read: `30s`, `4m05s`, `1h02m`. */
export function describeDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const two = (number: number) => String(number).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h${two(Math.floor(seconds / 60) % 60)}m`;
}
