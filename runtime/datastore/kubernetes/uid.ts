const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Bytes that hold version and variant, and stay. */
const KEPT = [6, 8];

/**
 * The UID that a resource has outside for the one of its v1 custom resource, and the other way round: every byte with
 * its bits reversed. What is no UUID is left as it is. Source: the sheet "Derived object UIDs".
 */
export function mirrorUid(uid: string): string {
  if (!UUID.test(uid)) return uid;
  const bytes = Buffer.from(uid.replaceAll("-", ""), "hex");
  const mirrored = bytes.map((byte, i) => (KEPT.includes(i) ? byte : reverseBits(byte)));
  const hex = Buffer.from(mirrored).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function reverseBits(byte: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) reversed |= 0x80 >> bit;
  return reversed;
}
