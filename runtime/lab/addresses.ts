import { type Ip, parseIp } from "../../compiler/index.ts";

/** An address of a plan, which is text there. */
export function ipOf(text: string): Ip {
  const ip = parseIp(text);
  if (ip === undefined) throw new RangeError(`a lab's plan has no address ${text}`);
  return ip;
}

export function ip4Of(text: string): Ip & { readonly version: 4 } {
  const ip = ipOf(text);
  if (ip.version !== 4) throw new RangeError(`a lab's plan has no IPv4 address ${text}`);
  return ip;
}

/** `10.0.0.1/24`, as an interface has it. */
export function interfaceAddress(text: string): { readonly ip: Ip; readonly length: number } {
  return { ip: ipOf(withoutLength(text)), length: Number(text.slice(text.indexOf("/") + 1)) };
}

export function withoutLength(address: string): string {
  return address.replace(/\/\d+$/, "");
}
