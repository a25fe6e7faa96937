/** `20261126_035512`, UTC, for the names of files. */
export function timestamp(now = new Date()): string {
  return now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "_");
}
