/**
 * The naming rules of Kubernetes' apimachinery (`validation.IsDNS1123Subdomain`, `IsQualifiedName`,
 * `IsValidLabelValue`). Each check returns what is wrong as the end of a sentence, or `undefined`.
 */
const LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(?:\\.${LABEL})*`;
const DNS_LABEL = new RegExp(`^${LABEL}$`);
const DNS_SUBDOMAIN = new RegExp(`^${SUBDOMAIN}$`);
const QUALIFIED = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

const MAX_SUBDOMAIN = 253;
const MAX_PART = 63;

/** For the schema of a text that names another resource, or nothing where it is empty: Calico's tag `name`. */
export const RESOURCE_NAME = {
  pattern: `^(?:${SUBDOMAIN})?$`,
  title:
    "a name of lower case letters, digits, '-' and '.', with a letter or digit at both ends of every part",
} as const;

export function dnsSubdomainProblem(name: string): string | undefined {
  if (name.length > MAX_SUBDOMAIN) return tooLong(name.length - MAX_SUBDOMAIN);
  return DNS_SUBDOMAIN.test(name)
    ? undefined
    : "must consist of lower case letters, digits, '-' and '.', and start and end with a letter or digit";
}

export function dnsLabelProblem(name: string): string | undefined {
  if (name.length > MAX_PART) return tooLong(name.length - MAX_PART);
  return DNS_LABEL.test(name)
    ? undefined
    : "must consist of lower case letters, digits and '-', and start and end with a letter or digit";
}

/** Keys of labels and, after lower-casing, of annotations: an optional DNS prefix, `/`, and a name. */
export function qualifiedNameProblem(key: string): string | undefined {
  const slash = key.indexOf("/");
  const prefix = slash === -1 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (prefix !== undefined && dnsSubdomainProblem(prefix) !== undefined) {
    return "must have a DNS subdomain before its '/'";
  }
  if (name.includes("/")) return "must have at most one '/'";
  if (name === "") return "must not be empty";
  if (name.length > MAX_PART) return tooLong(name.length - MAX_PART);
  return QUALIFIED.test(name)
    ? undefined
    : "must consist of letters, digits, '-', '_' and '.', and start and end with a letter or digit";
}

export function labelValueProblem(value: string): string | undefined {
  if (value === "") return undefined;
  if (value.length > MAX_PART) return tooLong(value.length - MAX_PART);
  return QUALIFIED.test(value)
    ? undefined
    : "must consist of letters, digits, '-', '_' and '.', and start and end with a letter or digit";
}

function tooLong(excess: number): string {
  return `is too long by ${excess} ${excess === 1 ? "character" : "characters"}`;
}
