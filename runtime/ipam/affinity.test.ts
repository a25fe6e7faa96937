import { expect, test } from "vitest";
import { affinityLabels, affinityName } from "./affinity.ts";

/** The values of the sheets "IPAMBlock, BlockAffinity, IPAMHandle" and "Kubernetes datastore". */
test("labels", () => {
  expect(affinityLabels("node1", "host", "10.0.0.0/26")).toEqual({
    "projectcalico.org/hostname-hash": "7DS2CCNJGGLTHBDQLLFO6SX24SY2YDDEG3W2VN556FA2W4DLLV5A",
    "projectcalico.org/affinity-type": "host",
    "projectcalico.org/ip-version": "4",
  });
  expect(affinityLabels("node1", "host", "fd00::/122")["projectcalico.org/ip-version"]).toBe("6");
});

test("names, also of a host whose name leaves no room", () => {
  expect(affinityName("n1", "10.0.0.0/26")).toBe("n1-10-0-0-0-26");
  expect(affinityName("n1", "fd00:1::/122")).toBe("n1-fd00-1---122");
  expect(affinityName("h".repeat(245), "10.0.0.0/26")).toBe(`${"h".repeat(228)}-10-0-0-0-26-6db8a85e5c2`);
  expect(affinityName("h".repeat(240), "10.0.0.0/26")).toBe(`${"h".repeat(240)}-10-0-0-0-26`);
});
