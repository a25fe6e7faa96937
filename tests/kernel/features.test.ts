import { expect, test } from "vitest";
import { detectFeatures } from "../../runtime/host/features.ts";
import { missingForKernelTests } from "./requirements.ts";

const missing = missingForKernelTests(["ip", "ipset", "nft", "tc"]);

test.skipIf(missing !== undefined)(
  `two that try a host's features at once do not meet${missing === undefined ? "" : ` (${missing})`}`,
  { timeout: 60_000 },
  async () => {
    const [one, other] = await Promise.all([detectFeatures("nft"), detectFeatures("nft")]);
    expect(one).toEqual(other);
  },
);
