/**
 * One line that changes on a terminal; elsewhere (a log) a line for each measure.
 *
 * @param {import('node:tty').WriteStream} out
 */
export function createProgress(out) {
  let last = '';
  return {
    /** @param {string} text `measure: step` */
    show(text) {
      if (out.isTTY) return void out.write(`\r\x1b[K${text}`);
      const measure = text.slice(0, text.indexOf(':'));
      if (measure !== last) out.write(`bench: ${measure}\n`);
      last = measure;
    },
    end: () => void (out.isTTY && out.write('\r\x1b[K')),
  };
}
