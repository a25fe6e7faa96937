import { vi } from "vitest";
import { main } from "../../main.ts";

/** What a call of `calicoctl` leaves behind. */
export interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls `calicoctl` in this process, at the root of the checkout. */
export async function calicoctl(...argv: readonly string[]): Promise<Called> {
  const written = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      written[name] += String(text);
      return true;
    }),
  );
  const before = process.exitCode;
  try {
    process.exitCode = undefined;
    return { code: await main(argv), ...written };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}
