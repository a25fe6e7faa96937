/**
 * What the stock tools read, line by line and apart from our own readers. Returns a complaint, or `undefined`.
 *
 * iptables-restore: `add_param_to_argv` of iptables/xshared.c; a line ends at the newline whatever the quotes say, double
 * quotes group words, a backslash inside them takes the next character; a chain's name is a word of at most 28
 * characters (`parse_chain`, the same file), of which ours use some. ipset: one command to a line, blanks between
 * words, `#` comments; the kernel takes the unspecified address into no set with ports. ip -batch: the same, with quotes that none of our words need. BIRD: conf/cf-lex.l, `"…"` without
 * a newline or a quote, `#` to the end of the line, `/*` to its counterpart.
 */
export function complaintAbout(path: string, text: string): string | undefined {
  const control = /(?![\n\t])[\p{Cc}\u2028\u2029]/u.exec(text);
  if (control !== null) return `a control character at ${control.index}`;
  if (path === "bird.conf") return complaintAboutBird(text);
  const line = lineGrammar(path);
  if (line === undefined) return undefined;
  return text.split("\n").find((one) => !line(one));
}

function lineGrammar(path: string): ((line: string) => boolean) | undefined {
  if (/^ip6?tables\.restore$/.test(path)) return isRestoreLine;
  if (path === "ipset.restore")
    return (line) =>
      !/^add \S+ (0\.0\.0\.0|::),/.test(line) &&
      /^(#.*|(create|add|flush|swap|destroy|del|rename) [A-Za-z0-9_:.-]+( [\w:.,/%-]+)*|)$/.test(line);
  if (/\.batch$/.test(path)) return (line) => /^(#.*|[a-z]+( [\w:.,/@%+-]+)+|)$/.test(line);
  if (path === "sysctl.conf") return (line) => /^([#;].*|-?[\w./-]+ ?= ?[\w. -]*|)$/.test(line);
  return undefined;
}

function isRestoreLine(line: string): boolean {
  if (
    /^(#.*|\*(filter|nat|mangle|raw)|:[A-Za-z0-9_./:@-]{1,28} (-|ACCEPT|DROP) (-|\[\d+:\d+\])|COMMIT|)$/.test(
      line,
    )
  )
    return true;
  const words = restoreWords(line);
  if (words === undefined || !/^-[AIDRF]$/.test(words[0]?.text ?? "")) return false;
  // An unquoted second target would be an option that came out of its argument.
  const targets = words.filter(({ text }) => /^(-j|-g|--jump|--goto)$/.test(text));
  return targets.length <= 1 && words.every(({ text }, i) => i === 0 || !/^-[ADIRFXNPZE]$/.test(text));
}

interface Word {
  readonly text: string;
}

function restoreWords(line: string): readonly Word[] | undefined {
  const words: Word[] = [];
  const pattern = /\s*(?:"((?:[^"\\]|\\.)*)"(?=\s|$)|([^\s"'\\]+)(?=\s|$))/gy;
  while (pattern.lastIndex < line.length) {
    const match = pattern.exec(line);
    if (match === null) return undefined;
    // Quoted words never count as options: iptables takes them as arguments of the option before.
    words.push({ text: match[2] ?? `"${match[1]}"` });
  }
  return words;
}

function complaintAboutBird(text: string): string | undefined {
  if (/neighbor ::[ ;]/.test(text)) return "a neighbor that has no address";
  let depth = 0;
  const tokens =
    /\s+|#[^\n]*|\/\*[\s\S]*?\*\/|"[^"\n]*"|'[A-Za-z0-9_.:-]+'|[{}]|[\w.:/%-]+|[;,()[\]=<>!~+*&|?]/gy;
  while (tokens.lastIndex < text.length) {
    const at = tokens.lastIndex;
    const [token] = tokens.exec(text) ?? [];
    if (token === undefined) return `no token of BIRD's at ${text.slice(at, at + 40)}`;
    if (token === "{") depth++;
    if (token === "}" && --depth < 0) return "a block closed that was never opened";
  }
  return depth === 0 ? undefined : "a block that stays open";
}
