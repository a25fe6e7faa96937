/**
 * What may stand in a batch file. Names of interfaces come from resources; the kernel takes nearly everything, but a
 * blank, a quote or `#` would be read as more than a name, and sysctl expands patterns. `all` and `default` are not
 * interfaces but switches of the whole host.
 */
export function isInterfaceName(name: string): boolean {
  return /^[A-Za-z0-9._@+-]{1,15}$/.test(name) && !RESERVED.has(name);
}

const RESERVED: ReadonlySet<string> = new Set([".", "..", "all", "default"]);

/** Lower case. */
export function isMac(text: string): boolean {
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(text);
}

/** 32 bytes in base64. */
export function isWireguardKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text);
}
