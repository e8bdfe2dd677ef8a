const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * The text with every character that acts written as an escape, so that it is one line and does nothing to a terminal.
 * The escapes are those of JSON: what is JSON already stays the same value.
 */
export function escapeControls(text: string): string {
  // Controls, among them newlines and what begins a terminal's sequences; format characters, among them those that turn
  // the direction of text; line and paragraph separators; lone surrogates. Here, not above: to make the sets takes long.
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => SHORT[character] ?? character.split('').map(unitEscape).join(''),
  );
}

/** One unit of UTF-16: a character beyond them has two. */
function unitEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
