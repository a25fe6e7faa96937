/** The kernel keeps 256 bytes with the closing NUL, and the tools cut what is longer. */
const MAX_COMMENT = 255;
/** `LOG` keeps 30 bytes with the closing NUL. */
const MAX_LOG_PREFIX = 29;
const LOG_SEPARATOR = ": ";

/**
 * What may stand between double quotes in a restore file without any escape. Resource names and annotations are free
 * text, so everything else becomes `_`: no quote, backslash, newline or control character can leave its place.
 * (Calico reference: comments, letters, digits and `_ @%+=:,./-`.)
 */
function harmless(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_ @%+=:,./-]/gu, "_");
}

/** A rule comment, or `undefined` where nothing is left to say. */
export function safeComment(text: string): string | undefined {
  const safe = harmless(text).slice(0, MAX_COMMENT).trim();
  // A comment that looks like an id would be taken for one.
  return safe === "" ? undefined : safe.startsWith("cali:") ? `_${safe.slice(1)}` : safe;
}

/** A `--log-prefix`, cut so that the separator always survives. */
export function safeLogPrefix(text: string): string {
  return harmless(text).slice(0, MAX_LOG_PREFIX - LOG_SEPARATOR.length) + LOG_SEPARATOR;
}

/** One line of a `#` comment: never more than a line, whatever the resource is called. */
export function safeHeading(text: string): string {
  return text
    .replaceAll(/[^\x20-\x7e]/gu, "_")
    .slice(0, MAX_COMMENT)
    .trimEnd();
}
