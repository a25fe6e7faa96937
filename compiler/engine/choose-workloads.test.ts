import { expect, test } from "vitest";
import { cidr, pod } from "../ir/testing/objects.ts";
import { chooseWorkloads } from "./choose-workloads.ts";

const DISABLED = { workloadSourceSpoofing: "Disabled" } as const;
const spoofer = pod("n1", "a/1", { interfaceName: "cali1", allowedSpoofSources: [cidr("10.9.0.0/16")] });

test("endpoints without address or interface have no place", () => {
  const { chosen } = chooseWorkloads(
    [pod("n1", "a/1", { addresses: [] }), pod("n1", "a/2", { interfaceName: "" }), pod("n1", "a/3")],
    DISABLED,
  );
  expect(chosen.map(({ workload }) => workload)).toEqual(["a/3"]);
});

test("of several endpoints on one interface the lowest id wins, whatever the order of arrival", () => {
  const endpoints = [
    pod("n1", "a/2", { interfaceName: "cali1" }),
    pod("n1", "a/1", { interfaceName: "cali1" }),
    pod("n1", "a/1", { interfaceName: "cali1", orchestrator: "cni" }),
    pod("n1", "a/0", { interfaceName: "cali2" }),
  ];
  const forwards = chooseWorkloads(endpoints, DISABLED);
  expect(forwards.chosen.map((e) => `${e.interfaceName} ${e.orchestrator} ${e.workload}`)).toEqual([
    "cali1 cni a/1",
    "cali2 k8s a/0",
  ]);
  expect(forwards.shadowed.map(({ endpoint, by }) => [endpoint.workload, by.orchestrator])).toEqual([
    ["a/1", "cni"],
    ["a/2", "cni"],
  ]);
  expect(chooseWorkloads(endpoints.toReversed(), DISABLED)).toEqual(forwards);
});

test("where spoofing is disabled, whoever asks for it is rejected and leaves its interface to others", () => {
  const other = pod("n1", "a/2", { interfaceName: "cali1" });
  expect(chooseWorkloads([spoofer, other], DISABLED)).toEqual({
    chosen: [other],
    shadowed: [],
    spoofing: [spoofer],
  });
  expect(chooseWorkloads([spoofer, other], { workloadSourceSpoofing: "Any" }).chosen).toEqual([spoofer]);
});
