import { expect, test } from "vitest";
import { DEFAULT_OWNERSHIP } from "../backends/routes/ownership.ts";
import { ownershipOfBundle } from "./ownership.ts";

const manifest = (value: unknown) => [{ path: "manifest.json", text: JSON.stringify(value) }];

test("is read as it was written", () => {
  expect(ownershipOfBundle(manifest({ format: 1, ownership: DEFAULT_OWNERSHIP }))).toEqual(DEFAULT_OWNERSHIP);
  expect(ownershipOfBundle([{ path: "ip.batch", text: "" }])).toBeUndefined();
});

test.each([
  ["none", undefined],
  ["no object", "cali"],
  ["a field that is missing", { ...DEFAULT_OWNERSHIP, tables: undefined }],
  ["a prefix of every name", { ...DEFAULT_OWNERSHIP, interfacePrefixes: ["cali", ""] }],
  ["a protocol that is none", { ...DEFAULT_OWNERSHIP, exclusiveProtocols: ["80"] }],
  ["a flag that is none", { ...DEFAULT_OWNERSHIP, removeExternalRoutes: 1 }],
])("%s: is not guessed", (_, ownership) => {
  expect(() => ownershipOfBundle(manifest({ format: 1, ownership }))).toThrow(/does not say which routes/);
});
