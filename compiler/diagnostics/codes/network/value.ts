import { code } from "../../diagnostic.ts";

/** Values that are spelt the same way in many kinds: addresses, networks, durations, singleton names. */
export const VALUE_CODES = {
  "network/invalid-address": code<{ value: string; family: string }>({
    severity: "error",
    summary: "Invalid address",
    message: ({ value, family }) => `${JSON.stringify(value)} is not an ${family} address of a host.`,
    hint: ({ family }) =>
      family === "IPv6" ? "For example fd00::1." : "For example 10.0.0.1; octets have no leading zeros.",
  }),
  "network/invalid-cidr": code<{ value: string; family: string }>({
    severity: "error",
    summary: "Invalid network",
    message: ({ value, family }) =>
      `${JSON.stringify(value)} is not an ${family} network: invalid CIDR value.`,
    hint: ({ family }) =>
      family === "IPv6"
        ? "Address and prefix length, such as fd00:10::/64."
        : "Address and prefix length, such as 10.0.0.0/16.",
  }),
  "network/unmasked-cidr": code<{ value: string; masked: string }>({
    severity: "error",
    summary: "Network with host bits",
    message: ({ value, masked }) =>
      `The network ${value} is not strictly masked: it has bits beyond its prefix length; ${masked} is the network it lies in.`,
    hint: ({ masked }) => `Write ${masked}, or the longer prefix that was meant.`,
  }),
  "network/invalid-duration": code<{ value: string }>({
    severity: "error",
    summary: "Invalid duration",
    message: ({ value }) => `${JSON.stringify(value)} is not a duration: numbers need a unit.`,
    hint: ({ value }) =>
      /^\d+(\.\d+)?$/.test(value) ? `For seconds write "${value}s".` : "For example 90s, 1m30s or 250ms.",
  }),
  "network/duplicate-value": code<{ value: string }>({
    severity: "error",
    summary: "Repeated value in a set",
    message: ({ value }) => `The list is a set, but holds ${JSON.stringify(value)} more than once.`,
    hint: () => "Remove the repetition.",
  }),
  "network/singleton-name": code<{ title: string; name: string }>({
    severity: "error",
    summary: "Singleton with another name",
    message: ({ title, name }) =>
      `Cannot create a ${title} resource with a name other than "default": nothing reads ${JSON.stringify(name)}.`,
    hint: () => "Name it default.",
  }),
} as const;
