import { expect } from "vitest";
import { type Called, calicoctl } from "../verify/testing.ts";

export const QUICKSTART = ["-f", "fixtures/quickstart/common", "-f", "fixtures/quickstart/1"];
export const TIERED = ["-f", "fixtures/tiered-enterprise"];
export const DUAL_STACK = ["-f", "fixtures/dual-stack-vxlan"];
export const IPIP = ["-f", "fixtures/ipip-cross-subnet"];
export const BARE_METAL = ["-f", "fixtures/bare-metal"];

/** What `calicoctl explain` answers in JSON with the resources of a fixture; it must not fail. */
export async function explained(
  fixture: readonly string[],
  from: string,
  to: string,
  ...options: readonly string[]
) {
  const { code, stdout, stderr } = await calicoctl(
    "explain",
    ...fixture,
    "--from",
    from,
    "--to",
    to,
    ...options,
    "-o",
    "json",
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

export function call(
  fixture: readonly string[],
  from: string,
  to: string,
  ...options: readonly string[]
): Promise<Called> {
  return calicoctl("explain", ...fixture, "--from", from, "--to", to, ...options);
}
