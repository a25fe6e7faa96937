import { askBird, type BirdLine } from "./socket.ts";

/** What the daemon says of itself; times in its own format. */
export interface BirdStatus {
  readonly version: string;
  readonly routerId: string;
  readonly lastBoot: string;
  readonly lastReconfiguration: string;
  /** It runs, and is not in the middle of a graceful restart. */
  readonly isReady: boolean;
}

/** Throws `BirdError`. */
export async function birdStatus(socket: string): Promise<BirdStatus> {
  return readStatus(await askBird(socket, "show status"));
}

/** Reads the answer to `show status`; 0024 lines tell of a graceful restart (routing-bgp.md §4.3). */
export function readStatus(lines: readonly BirdLine[]): BirdStatus {
  const after = (words: string) =>
    lines.find(({ text }) => text.startsWith(words))?.text.slice(words.length) ?? "";
  return {
    version: after("BIRD "),
    routerId: after("Router ID is "),
    lastBoot: after("Last reboot on "),
    lastReconfiguration: after("Last reconfiguration on "),
    isReady: !lines.some(({ code }) => code === "0024"),
  };
}
