/** How a host's claim on a block is found as a custom resource. Source: the sheets "IPAMBlock, BlockAffinity, IPAMHandle"
 * and "Kubernetes datastore". */
import { createHash } from "node:crypto";

/** Labels by which Calico looks for affinities. `host` may be a virtual one, of `type` virtual. */
export function affinityLabels(host: string, type: string, cidr: string): Readonly<Record<string, string>> {
  return {
    "projectcalico.org/affinity-type": type,
    "projectcalico.org/hostname-hash": base32(createHash("sha3-256").update(host).digest()),
    "projectcalico.org/ip-version": cidr.includes(":") ? "6" : "4",
  };
}

const NAME_LIMIT = 253;
const HASH_LENGTH = 11;

/** `<host>-<cidr>`, or as much of the host as fits with a hash of both. */
export function affinityName(host: string, cidr: string): string {
  const block = cidr.replaceAll(/[.:/]/g, "-");
  const name = `${host}-${block}`;
  if (name.length < NAME_LIMIT) return name;
  const hash = createHash("sha256").update(`${host}+${block}`).digest("hex").slice(0, HASH_LENGTH);
  return `${host.slice(0, NAME_LIMIT - 1 - block.length - HASH_LENGTH - 2)}-${block}-${hash}`;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648, without padding. */
function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(held >>> (bits - 5)) & 31];
    held &= 0xff;
  }
  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31];
}
