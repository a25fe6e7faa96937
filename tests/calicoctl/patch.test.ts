import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { applyJsonPatch } from "../../cli/commands/patch/json-patch.ts";
import { applyMergePatch, applyStrategicMergePatch } from "../../cli/commands/patch/merge-patch.ts";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { pool, Store } from "./store.ts";

describe("of type json (examples of RFC 6902, appendix A)", () => {
  test.each([
    [{ foo: "bar" }, [{ op: "add", path: "/baz", value: "qux" }], { baz: "qux", foo: "bar" }],
    [{ foo: ["bar", "baz"] }, [{ op: "add", path: "/foo/1", value: "qux" }], { foo: ["bar", "qux", "baz"] }],
    [{ baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
    [{ foo: ["bar", "qux", "baz"] }, [{ op: "remove", path: "/foo/1" }], { foo: ["bar", "baz"] }],
    [{ baz: "qux", foo: "bar" }, [{ op: "replace", path: "/baz", value: "boo" }], { baz: "boo", foo: "bar" }],
    [
      { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
      [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
      { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } },
    ],
    [
      { foo: ["all", "grass", "cows", "eat"] },
      [{ op: "move", from: "/foo/1", path: "/foo/3" }],
      { foo: ["all", "cows", "eat", "grass"] },
    ],
    [
      { foo: "bar" },
      [{ op: "add", path: "/child", value: { grandchild: {} } }],
      { foo: "bar", child: { grandchild: {} } },
    ],
    [{ "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: 10 }], { "/": 9, "~1": 10 }],
    [
      { foo: ["bar"] },
      [{ op: "add", path: "/foo/-", value: ["abc", "def"] }],
      { foo: ["bar", ["abc", "def"]] },
    ],
    [{ a: [1] }, [{ op: "copy", from: "/a", path: "/b" }], { a: [1], b: [1] }],
    [{ a: 1 }, [{ op: "replace", path: "", value: [2] }], [2]],
  ])("%j and %j make %j", (target, patch, result) => {
    const before = structuredClone(target);
    expect(applyJsonPatch(target, patch)).toEqual(result);
    expect(target).toEqual(before);
  });

  test.each([
    [[{ op: "test", path: "/baz", value: "bar" }], "operation 1 of the patch: /baz is not what it tests for"],
    [[{ op: "add", path: "/a/b", value: 1 }], "operation 1 of the patch: /a/b is not there"],
    [[{ op: "add", path: "/list/3", value: 1 }], "operation 1 of the patch: /list/3 is not there"],
    [[{ op: "add", path: "/list/01", value: 1 }], "operation 1 of the patch: /list/01 is not there"],
    [[{ op: "remove", path: "/list/-" }], "operation 1 of the patch: /list/- is not there"],
    [
      [
        { op: "remove", path: "/baz" },
        { op: "remove", path: "/baz" },
      ],
      "operation 2 of the patch: /baz is not there",
    ],
    [[{ op: "remove", path: "/constructor" }], "operation 1 of the patch: /constructor is not there"],
    [[{ op: "add", path: "/a" }], "operation 1 of the patch: it has no value"],
    [[{ op: "add", path: "a", value: 1 }], "operation 1 of the patch: its path does not begin with /"],
    [
      [{ op: "merge", path: "/a" }],
      "operation 1 of the patch: op 'merge' is none of add, remove, replace, move, copy, test",
    ],
    [{ spec: {} }, "a patch of type json is a list of operations, as in [{op: remove, path: /spec/order}]"],
  ])("%j cannot be done", (patch, message) => {
    expect(() => applyJsonPatch({ baz: "qux", list: [1, 2] }, patch)).toThrow(message);
  });
});

describe("of the types that merge", () => {
  const target = { a: { b: 1, c: [1, 2] }, d: "e" };

  test.each([applyMergePatch, applyStrategicMergePatch])(
    "fields are set and removed, lists replaced: %o",
    (apply) => {
      expect(apply(target, { a: { b: null, c: [3], new: { x: 1 } } })).toEqual({
        a: { c: [3], new: { x: 1 } },
        d: "e",
      });
    },
  );

  test("strategic: directives of mappings are followed, those of lists refused", () => {
    expect(applyStrategicMergePatch(target, { a: { $patch: "replace", z: 1 } })).toEqual({
      a: { z: 1 },
      d: "e",
    });
    expect(applyStrategicMergePatch(target, { a: { $patch: "delete" } })).toEqual({ a: {}, d: "e" });
    expect(() => applyStrategicMergePatch(target, { a: { "$setElementOrder/c": [] } })).toThrow(
      "$setElementOrder/c",
    );
    expect(() => applyStrategicMergePatch(target, { a: { $patch: "x" } })).toThrow(
      "none of replace, delete, merge",
    );
  });
});

describe("calicoctl patch --type json", () => {
  let store: Store;
  beforeEach(async () => {
    store = await Store.open();
    await calicoctl("apply", "-f", await store.file("p.yaml", pool("p1", "10.1.0.0/16")));
  });
  afterEach(() => store.close());

  const patch = (operations: unknown) =>
    calicoctl("patch", "ippool", "p1", "--type", "json", "-p", JSON.stringify(operations));

  test("changes the resource, or nothing", async () => {
    const done = { code: 0, stdout: "Successfully patched 1 'IPPool' resource\n", stderr: "" };
    expect(await patch([{ op: "add", path: "/spec/disabled", value: true }])).toEqual(done);
    expect((await calicoctl("get", "ippool", "p1", "-o", "custom-columns=DISABLED")).stdout).toContain(
      "true",
    );
    const refused = await patch([
      { op: "test", path: "/spec/disabled", value: true },
      { op: "replace", path: "/spec/cidr", value: "nonsense" },
    ]);
    expect(refused).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^Failed to patch .IPPool. resource: .*nonsense/),
    });
    expect(await patch([{ op: "test", path: "/spec/disabled", value: false }])).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "Failed to patch 'IPPool' resource: operation 1 of the patch: /spec/disabled is not what it tests for\n",
    });
    expect((await patch([{ op: "remove", path: "/metadata" }])).stderr).toMatch(
      /what the patch makes is no resource/,
    );
  });
});
