/** AssemblyScript as a list of tokens: enough of its grammar for changing one thing at a time. */

/** @typedef {{ kind: 'comment' | 'string' | 'number' | 'name' | 'type' | 'operator', text: string, at: number }} Token */

// A type argument or cast is written without blanks, a comparison with them: that is the project's format.
const PATTERN = new RegExp(
  [
    String.raw`(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)`,
    String.raw`(?<string>'(?:[^'\\\n]|\\.)*')`,
    String.raw`(?<number>0x[\da-fA-F_]+|\d[\d_]*)`,
    String.raw`(?<name>[A-Za-z_$][\w$]*)`,
    String.raw`(?<type><\w+>)`,
    String.raw`(?<operator>=>|&&|\|\||[=!<>]=|<<|>>|\+\+|--|[-+*/&|]=|[-+*/%&|^~!<>=?:;,.(){}[\]@])`,
  ].join('|'),
  'g',
);

/** The tokens of `source` without its comments. @param {string} source @returns {Token[]} */
export function tokenize(source) {
  const tokens = Array.from(source.matchAll(PATTERN), ({ groups = {}, index, 0: text }) => {
    const kind = /** @type {Token['kind']} */ (Object.keys(groups).find((name) => groups[name] !== undefined));
    return { kind, text, at: index };
  });
  return tokens.filter(({ kind }) => kind !== 'comment');
}

/** Where each import, and each export of another file's names, begins and ends. @param {Token[]} tokens */
export function importSpans(tokens) {
  /** @type {[from: number, to: number][]} */
  const spans = [];
  tokens.forEach(({ text, at }, i) => {
    const isList = text === 'import' || (text === 'export' && tokens[i + 1]?.text === '{');
    const end = isList && tokens.slice(i).find((token) => token.text === ';');
    if (end) spans.push([at, end.at + 1]);
  });
  return spans;
}

/** The token that closes the bracket at `open`. @param {Token[]} tokens @param {number} open */
export function closing(tokens, open) {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    const { text } = tokens[i] ?? { text: '' };
    if (text === '(' || text === '[' || text === '{') depth++;
    else if ((text === ')' || text === ']' || text === '}') && --depth === 0) return i;
  }
  return -1;
}
