import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { wireguardFiles } from "./wireguard.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "publish-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

test("a public key that apply has printed reaches the other nodes by a patch of the Node", async () => {
  const key = `${"A".repeat(42)}8=`;
  for (const { path, text } of wireguardFiles("wg0")) await writeFile(join(directory, path), text);
  vi.stubEnv("DATASTORE_TYPE", "file");
  vi.stubEnv("FILE_PATH", directory);
  const patch = JSON.stringify({ status: { wireguardPublicKey: key } });
  expect(await calicoctl("patch", "node", "n1", "-p", patch)).toMatchObject({ code: 0, stderr: "" });
  const out = join(directory, "out");
  expect(await calicoctl("compile", "--datastore", "--out-dir", out)).toMatchObject({ code: 0 });
  const peers = await readFile(join(out, "n2", "wireguard", "wg0.conf"), "utf8");
  expect(peers).toContain(`PublicKey = ${key}\n`);
});
