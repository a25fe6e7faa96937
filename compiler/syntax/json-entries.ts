const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** How many entries the mappings of a JSON text have, repeated keys counted each time. The text must be JSON. */
export function countJsonEntries(text: string): number {
  let entries = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === COLON) entries++;
    else if (c === QUOTE) i = closingQuote(text, i + 1);
  }
  return entries;
}

function closingQuote(text: string, from: number): number {
  let i = from;
  for (let c = text.charCodeAt(i); c !== QUOTE && i < text.length; c = text.charCodeAt(i))
    i += c === BACKSLASH ? 2 : 1;
  return i;
}
