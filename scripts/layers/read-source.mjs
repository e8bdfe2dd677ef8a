/** What a source file imports and which names it uses, read token by token: comments and strings cannot mislead it. */
import { SyntaxKind } from 'typescript/unstable/ast';
import { createScanner } from 'typescript/unstable/ast/scanner';

/** @typedef {{ kind: SyntaxKind, text: string, value: string, line: number }} Token */
/** @typedef {{ line: number, specifier: string }} Import */

/** After one of these a slash divides; anywhere else it begins a regular expression. */
const OPERAND_ENDS = new Set([
  SyntaxKind.Identifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.BigIntLiteral,
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.CloseBraceToken,
  SyntaxKind.PlusPlusToken,
  SyntaxKind.MinusMinusToken,
  SyntaxKind.ThisKeyword,
  SyntaxKind.SuperKeyword,
  SyntaxKind.NullKeyword,
  SyntaxKind.TrueKeyword,
  SyntaxKind.FalseKeyword,
]);

/** @param {string} source @returns {Token[]} */
function tokenize(source) {
  const scanner = createScanner(true, undefined, source);
  /** @type {Token[]} */
  const tokens = [];
  /** Open braces; true where the brace opened a `${`. @type {boolean[]} */
  const braces = [];
  let line = 1;
  let counted = 0;
  for (let kind = scanner.scan(); kind !== SyntaxKind.EndOfFile; kind = scanner.scan()) {
    const before = tokens.at(-1)?.kind;
    if (kind === SyntaxKind.SlashToken || kind === SyntaxKind.SlashEqualsToken) {
      if (before === undefined || !OPERAND_ENDS.has(before)) kind = scanner.reScanSlashToken();
    }
    if (kind === SyntaxKind.CloseBraceToken && braces.pop()) kind = scanner.reScanTemplateToken(false);
    if (kind === SyntaxKind.OpenBraceToken) braces.push(false);
    if (kind === SyntaxKind.TemplateHead || kind === SyntaxKind.TemplateMiddle) braces.push(true);
    const start = scanner.getTokenStart();
    for (; counted < start; counted++) if (source[counted] === '\n') line++;
    if (scanner.isUnterminated()) throw new Error(`line ${line}: ${scanner.getTokenText().slice(0, 20)} does not end`);
    tokens.push({ kind, text: scanner.getTokenText(), value: scanner.getTokenValue(), line });
  }
  return tokens;
}

/**
 * The module that the declaration or call beginning at `tokens[at]` names, if any.
 * @param {Token[]} tokens @param {number} at
 */
function findSpecifier(tokens, at) {
  const next = tokens[at + 1];
  const isExport = tokens[at]?.text === 'export';
  if (next?.text === '(' && !isExport) return tokens[at + 2];
  if (next?.kind === SyntaxKind.StringLiteral && !isExport) return next;
  if (isExport && next && !['*', '{', 'type'].includes(next.text)) return undefined;
  for (let i = at + 1; i < tokens.length; i++) {
    const { kind, text } = /** @type {Token} */ (tokens[i]);
    if (text === 'from' && tokens[i + 1]?.kind === SyntaxKind.StringLiteral) return tokens[i + 1];
    const inClause = kind >= SyntaxKind.Identifier || kind === SyntaxKind.StringLiteral || /^[{},*]$/.test(text);
    if (!inClause) return undefined;
  }
  return undefined;
}

/** @param {string} source */
export function readSource(source) {
  const tokens = tokenize(source);
  /** @type {Import[]} */
  const imports = [];
  /** @type {{ line: number, name: string }[]} */
  const names = [];
  tokens.forEach(({ kind, text, line }, at) => {
    const before = tokens[at - 1]?.text;
    const after = tokens[at + 1]?.text;
    if (before === '.' || before === '?.') return;
    // Keywords too: `require` and `global` are two, in some places.
    if (kind >= SyntaxKind.Identifier && after !== ':') names.push({ line, name: text });
    if (text === 'import' || text === 'export' || (text === 'require' && after === '(')) {
      const specifier = findSpecifier(tokens, at);
      if (specifier?.kind === SyntaxKind.StringLiteral)
        imports.push({ line: specifier.line, specifier: specifier.value });
    }
  });
  return { imports, names };
}
