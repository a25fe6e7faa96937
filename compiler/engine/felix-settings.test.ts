import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_FELIX_SETTINGS, type FelixConfig, type FelixSettings } from "../ir/felix-config.ts";
import { parseSelector } from "../syntax/selector/parse.ts";
import { resolveFelixSettings } from "./felix-settings.ts";

function config(
  name: string,
  settings: Partial<FelixSettings>,
  selector?: string,
  created = "",
): FelixConfig {
  const parsed = selector === undefined ? undefined : parseSelector(selector);
  return {
    kind: "felix-config",
    key: name,
    origin: { file: "felix.yaml", document: 0, path: [] },
    source: "policy",
    name,
    nodeSelector: parsed?.ok ? parsed.selector : undefined,
    creationTimestamp: created,
    settings,
  };
}

const NODE = { name: "alpha", labels: { rack: "a" } };

describe("resolveFelixSettings", () => {
  test("gives Felix's defaults where there is no configuration", () => {
    expect(resolveFelixSettings([], NODE)).toEqual(DEFAULT_FELIX_SETTINGS);
  });

  test("lets a node's own object win over a selected one, and that over the global one", () => {
    const configs = [
      config("node.alpha", { vxlanPort: 3 }),
      config("default", { vxlanPort: 1, vxlanVni: 1, vxlanMtu: 1 }),
      config("rack-a", { vxlanPort: 2, vxlanVni: 2 }, "rack == 'a'"),
    ];
    const settings = resolveFelixSettings(configs, NODE);
    expect([settings.vxlanPort, settings.vxlanVni, settings.vxlanMtu]).toEqual([3, 2, 1]);
  });

  test("ignores the objects of other nodes, and those that select others or nothing", () => {
    const configs = [
      config("node.beta", { vxlanPort: 1 }),
      config("rack-b", { vxlanPort: 2 }, "rack == 'b'"),
      config("orphan", { vxlanPort: 3 }),
    ];
    expect(resolveFelixSettings(configs, NODE).vxlanPort).toBe(4789);
  });

  test("takes one selected object whole: the oldest", () => {
    const configs = [
      config("new", { vxlanPort: 1, vxlanVni: 1 }, "all()", "2026-02-01T00:00:00Z"),
      config("old", { vxlanPort: 2 }, "all()", "2026-01-01T00:00:00Z"),
    ];
    const settings = resolveFelixSettings(configs, NODE);
    expect([settings.vxlanPort, settings.vxlanVni]).toEqual([2, 4096]);
  });

  test("breaks a tie of age by name", () => {
    const configs = [config("b", { vxlanPort: 2 }, "all()"), config("a", { vxlanPort: 1 }, "all()")];
    expect(resolveFelixSettings(configs, NODE).vxlanPort).toBe(1);
  });

  test("lets a stronger object unset what a weaker one sets", () => {
    const configs = [
      config("default", { natPortRange: { first: 1, last: 2 } }),
      config("node.alpha", { natPortRange: undefined }),
    ];
    expect(resolveFelixSettings(configs, NODE).natPortRange).toBeUndefined();
  });

  test("does not depend on the order of the objects", () => {
    const configs = [
      config("default", { vxlanPort: 1 }),
      config("a", { vxlanPort: 2 }, "all()"),
      config("b", { vxlanVni: 3 }, "all()", "2020-01-01T00:00:00Z"),
      config("node.alpha", { vxlanMtu: 4 }),
    ];
    const expected = resolveFelixSettings(configs, NODE);
    fc.assert(
      fc.property(fc.shuffledSubarray(configs, { minLength: configs.length }), (shuffled) => {
        expect(resolveFelixSettings(shuffled, NODE)).toEqual(expected);
      }),
    );
  });
});
