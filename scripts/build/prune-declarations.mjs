/**
 * Takes away every declaration that cannot be reached from an entry. tsc's output is regular: a statement begins at the
 * left edge, below its comment, and what is within it is indented.
 */
import { readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * @typedef {{ name: string, text: string, isExported: boolean, isUsed: boolean }} Statement
 * @typedef {{ name: string, original: string, text: string, isUsed: boolean }} Binding `text` as it stands in the list
 * @typedef {{ file?: string, head: string, tail: string, isExport: boolean, bindings: Binding[], isStar: boolean }} Link
 *   with `file` itself where an export names what is in it, and none where it is a package: that is left as it is
 * @typedef {{ statements: Statement[], links: Link[] }} Source
 */

/** In place of a file: what a package exports. */
const PACKAGE = '';

const LINK = /^(import|export)( type)? (\*|\{([^}]*)\})(?: from '([^']+)')?;$/;
const DECLARATION = /^(export )?(?:declare )?(?:abstract )?(?:interface|type|class|function|const|let|enum) (\w+)/;

/** @param {string} folder where tsc has put them @param {string[]} entries */
export function pruneDeclarations(folder, entries) {
  const sources = new Sources();
  for (const entry of entries) sources.useAll(join(folder, entry));
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  // A folder comes behind what is in it.
  for (const name of names.sort().reverse()) {
    const file = join(folder, name);
    const text = sources.print(file);
    if (text) writeFileSync(file, text);
    else if (name.endsWith('.d.ts')) rmSync(file);
    else if (readdirSync(file).length === 0) rmdirSync(file);
  }
}

class Sources {
  /** @type {Map<string, Source>} */
  #sources = new Map();

  /** Marks what `file` exports. @param {string} file */
  useAll(file) {
    const { statements, links } = this.#read(file);
    for (const { name, isExported } of statements) if (isExported) this.#use(file, name);
    for (const link of links) {
      if (link.isStar && link.file) this.useAll(link.file);
      for (const { name } of link.isExport ? link.bindings : []) this.#use(file, name);
    }
  }

  /** The statements of `file` that are used, if any are. @param {string} file */
  print(file) {
    const { statements, links } = this.#sources.get(file) ?? { statements: [], links: [] };
    const lines = links.map(({ head, tail, bindings, isStar }) => {
      const used = bindings.filter(({ isUsed }) => isUsed).map(({ text }) => text);
      if (isStar) return `${head}*${tail}\n`;
      return used.length > 0 ? `${head}{ ${used.join(', ')} }${tail}\n` : '';
    });
    return lines.join('') + statements.map(({ text, isUsed }) => (isUsed ? text : '')).join('');
  }

  /** Marks what `name` means within `file`, and whatever that mentions. @param {string} file @param {string} name */
  #use(file, name) {
    // A package has declarations of its own.
    if (file === PACKAGE) return;
    const { statements, links } = this.#read(file);
    for (const statement of statements) {
      if (statement.name !== name || statement.isUsed) continue;
      statement.isUsed = true;
      const code = statement.text.replace(/\/\*[\s\S]*?\*\//g, '');
      for (const [, path = '', original = ''] of code.matchAll(/import\("(\.[^"]+)"\)\.(\w+)/g)) {
        this.#use(resolve(file, path), original);
      }
      for (const [mentioned] of code.matchAll(/[\w$]+/g)) this.#use(file, mentioned);
    }
    for (const link of links) {
      for (const binding of link.bindings) {
        if (binding.name !== name || binding.isUsed) continue;
        binding.isUsed = true;
        if (link.file) this.#use(link.file, binding.original);
      }
    }
  }

  /** @param {string} file */
  #read(file) {
    const known = this.#sources.get(file);
    if (known) return known;
    const source = readSource(file);
    this.#sources.set(file, source);
    return source;
  }
}

/** @param {string} file @returns {Source} */
function readSource(file) {
  /** @type {Source} */
  const source = { statements: [], links: [] };
  for (const text of splitStatements(readFileSync(file, 'utf8'))) {
    const code = text.replace(/^(\/\*\*[\s\S]*?\*\/\s*)*/, '').trimEnd();
    const link = LINK.exec(code);
    const declaration = DECLARATION.exec(code);
    if (link) {
      const [, keyword = '', type = '', list = '', names = '', path] = link;
      source.links.push({
        file: path === undefined ? file : path.startsWith('.') ? resolve(file, path) : undefined,
        head: `${text.slice(0, text.indexOf(code))}${keyword}${type} `,
        tail: path === undefined ? ';' : ` from '${path}';`,
        isExport: keyword === 'export',
        isStar: list === '*',
        bindings: names.split(',').map(readBinding),
      });
    } else if (declaration) {
      const [, isExported, name = ''] = declaration;
      source.statements.push({ name, text, isExported: isExported !== undefined, isUsed: false });
    } else throw new Error(`${file}: what kind of statement is this?\n${text}`);
  }
  return source;
}

/** @param {string} text @returns {Binding} */
function readBinding(text) {
  const [original = '', name = original] = text
    .trim()
    .replace(/^type /, '')
    .split(' as ');
  return { name, original, text: text.trim(), isUsed: false };
}

/** @param {string} text */
function splitStatements(text) {
  return text.match(/(?:.*\n)*?(?![ /]).*[;}]\n/g) ?? [];
}

/** @param {string} file @param {string} path */
function resolve(file, path) {
  if (!path.startsWith('.')) return PACKAGE;
  return join(dirname(file), path.replace(/\.js$/, '.d.ts'));
}
