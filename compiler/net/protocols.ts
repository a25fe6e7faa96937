/** The protocols that Calico knows by name, by their IANA numbers, in the spelling that its API accepts. */
const NAMES = {
  ICMP: 1,
  TCP: 6,
  UDP: 17,
  ICMPv6: 58,
  SCTP: 132,
  UDPLite: 136,
} as const;

/** The exact spellings that validation accepts; the datastore's older form is their lower case. */
export const PROTOCOL_NAMES: readonly string[] = Object.keys(NAMES);

const NUMBER_BY_NAME: ReadonlyMap<string, number> = new Map(
  Object.entries(NAMES).map(([name, number]) => [name.toLowerCase(), number]),
);
const NAME_BY_NUMBER: ReadonlyMap<number, string> = new Map(
  [...NUMBER_BY_NAME].map(([name, number]) => [number, name]),
);

/** IANA number 1–255 of a number, numeric string or name (in any case); `undefined` where there is none. */
export function protocolNumber(protocol: string | number): number | undefined {
  if (typeof protocol === "string" && !/^\d{1,3}$/.test(protocol))
    return NUMBER_BY_NAME.get(protocol.toLowerCase());
  const number = Number(protocol);
  return Number.isInteger(number) && number >= 1 && number <= 255 ? number : undefined;
}

/** Calico's name in lower case (`tcp`, `icmpv6`), or `undefined` for a protocol that goes by its number. */
export function protocolName(number: number): string | undefined {
  return NAME_BY_NUMBER.get(number);
}

/** Whether Calico allows a rule of this protocol to match ports: TCP, UDP and SCTP. */
export function protocolHasPorts(number: number): boolean {
  return number === NAMES.TCP || number === NAMES.UDP || number === NAMES.SCTP;
}
