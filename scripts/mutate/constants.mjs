/** The named constants of assembly/, and which of them could be mistaken for one another. */

/** @typedef {{ name: string, type: string, file: string, block: number }} Constant */

/** Not where a table lies: nobody mistakes that for a number. */
const DECLARATION = /^(?:export )?const ([A-Z][A-Z0-9_]*): (\w+) = (?!memory\.)/;

/** @param {Map<string, string>} sources by path @returns {Constant[]} */
export function findConstants(sources) {
  return [...sources].flatMap(([file, source]) => {
    /** @type {Constant[]} */
    const found = [];
    let block = 0;
    for (const line of source.split('\n')) {
      const [, name, type] = DECLARATION.exec(line) ?? [];
      if (name && type) found.push({ name, type, file, block });
      else block++;
    }
    return found;
  });
}

/** NEED_MORE: NEED @param {string} name */
const familyOf = (name) => name.split('_')[0];

/**
 * What `name` could be confused with: a constant of the same file and type that stands beside it, or begins alike.
 * @param {Constant[]} constants @param {string} name @returns {Constant[]}
 */
export function relatives(constants, name) {
  const own = constants.find((constant) => constant.name === name);
  if (!own) return [];
  return constants.filter(
    (other) =>
      other !== own &&
      other.file === own.file &&
      other.type === own.type &&
      (other.block === own.block || familyOf(other.name) === familyOf(name)),
  );
}
