import { expect, test } from "vitest";
import { disturbanceText } from "./disturbance-text.ts";

test.each([
  [0, "0 entries"],
  [1, "1 entry"],
  [2, "2 entries"],
])("what stands on a device that is made anew is counted as people count: %i", (carries, counted) => {
  expect(disturbanceText({ kind: "device-recreated", device: "vxlan.calico", carries })).toBe(
    `device vxlan.calico is made anew; ${counted} on it go and come back`,
  );
});
