import { describe, expect, test } from "vitest";
import { lengthLimitedId, makeUniqueId } from "./ids.ts";

describe("makeUniqueId", () => {
  test.each([
    ["s", "all()", "s:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug"],
    ["n", "s:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug,tcp,http", "n:cl9_Kgeu4H0OGLbhovVR3NBLUOZscKeMK1Mu4A"],
    ["svc", "ns/svc", "svc:nQq_FInms4yaYiSGfOtwv_HYadEjNEQ5U6jcug"],
    ["svcnoport", "ns/svc", "svcnoport:o20v9Z90g7cSdZt6cjiJGBK33w4kLt5wX2w2Ew"],
  ])("%s of %s is %s", (prefix, content, id) => {
    expect(makeUniqueId(prefix, content)).toBe(id);
  });
});

describe("lengthLimitedId", () => {
  test.each([
    ["cali-tw-", "cali12345abcdef0123456789", 28, "cali-tw-_dsjnIhGVelh7AJtESfv"],
    ["cali-pi-", "gnp/x", 28, "cali-pi-gnp/x"],
    ["p-", "", 10, "p-_"],
    ["p-", "12345678", 10, "p-12345678"],
    ["p-", "_234567", 10, "p-_234567"],
  ])("%s and %s within %i: %s", (prefix, suffix, max, id) => {
    expect(lengthLimitedId(prefix, suffix, max)).toBe(id);
  });

  test("what looks like a hash is hashed itself", () => {
    const id = lengthLimitedId("p-", "_2345678", 10);
    expect(id).toMatch(/^p-_[\w-]{7}$/);
    expect(id).not.toBe("p-_2345678");
  });

  test("is as long as allowed", () => {
    expect(lengthLimitedId("cali40", "s:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug", 31)).toHaveLength(31);
  });
});
