/**
 * Text that leaves the machine. What a tool prints or a program logs is not ours to vouch for, so whatever looks like a
 * secret is taken out: private keys, passwords and tokens, in the forms that Calico, BIRD, WireGuard and Kubernetes
 * write them in. A secret that looks like none stays: who passes diagnostics on reads them first.
 */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}

const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(-----END \1-----|$(?![\s\S]))/g, "<censored>"],
  // BIRD: `password "…"`.
  [/(\bpassword[ \t]+)"(?:\\.|[^"\\])*"/gi, '$1"<censored>"'],
  // Settings and environments: `etcdPassword: …`, `ETCD_PASSWORD=…`, `PrivateKey = …`, `"token": "…"`.
  [
    /((?:passw(?:or)?d|secret|token|(?:private|preshared)[ _-]?key)["']?[ \t]*[:=][ \t]*)(?!true\b|false\b|\(hidden\)|[{[<\s])("[^"\n]*"|'[^'\n]*'|[^\s,}]+)/gi,
    "$1<censored>",
  ],
  [/(\b(?:Bearer|Basic)[ \t]+)[\w.~+/=-]{8,}/g, "$1<censored>"],
  // Tokens of service accounts, wherever they stand.
  [/\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/g, "<censored>"],
  // `https://user:password@host`.
  [/(\b[a-z][a-z\d+.-]{0,20}:\/\/[^\s/:@]+:)[^\s/@]+(?=@)/gi, "$1<censored>"],
];
