/**
 * Splits a line of `iptables-save` into words. Double and single quotes group, a backslash takes the next character as
 * it is; `undefined` for a quote that is not closed.
 */
export function splitWords(line: string): readonly string[] | undefined {
  return /[\\'\t]/.test(line) ? splitAnyWords(line) : splitPlainWords(line);
}

/** Nearly every line: nothing but blanks, and words that are quoted as a whole. */
function splitPlainWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  for (let index = 0; index < line.length; index++) {
    if (line[index] === " ") continue;
    const isQuoted = line[index] === '"';
    const end = line.indexOf(isQuoted ? '"' : " ", index + 1);
    const stop = end < 0 ? line.length : end;
    const word = line.slice(isQuoted ? index + 1 : index, stop);
    const next = line[stop + 1];
    const isWhole = isQuoted ? end >= 0 && (next === undefined || next === " ") : !word.includes('"');
    if (!isWhole) return splitAnyWords(line);
    words.push(word);
    index = stop;
  }
  return words;
}

function splitAnyWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let index = 0; index < line.length; index++) {
    const character = line.charAt(index);
    if (character === "\\" && quote !== "'") word = (word ?? "") + line.charAt(++index);
    else if (quote !== "") {
      if (character === quote) quote = "";
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (character === " " || character === "\t") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quote !== "") return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

/** A word as it can stand in a restore file again. */
export function quoteWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./!-]+$/.test(word) ? word : `"${word.replaceAll(/["\\]/g, "\\$&")}"`;
}
