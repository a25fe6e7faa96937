import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { networkSet, pool, Store } from "./store.ts";

let store: Store;
beforeEach(async () => {
  store = await Store.open();
});
afterEach(() => store.close());

const one = () => store.file("one.yaml", pool("p1", "10.1.0.0/16"));
const pools = () => store.file("pools.yaml", pool("p1", "10.1.0.0/16") + pool("p2", "10.2.0.0/16"));
const mixed = () => store.file("mixed.yaml", pool("p1", "10.1.0.0/16") + networkSet("s1"));

const done = (stdout: string) => ({ code: 0, stdout: `${stdout}\n`, stderr: "" });
const failed = (stderr: string, stdout = "") => ({ code: 1, stdout, stderr: `${stderr}\n` });
const exists = (id: string, says: string) =>
  `resource already exists: ${id} with error: ${says} exists already`;
const absent = (id: string, says: string) =>
  `resource does not exist: ${id} with error: ${says} does not exist`;

describe("create", () => {
  test("one kind, several kinds, nothing", async () => {
    expect(await calicoctl("create", "-f", await pools())).toEqual(
      done("Successfully created 2 'IPPool' resource(s)"),
    );
    const more = await store.file("more.yaml", pool("p3", "10.3.0.0/16") + networkSet("s1"));
    expect(await calicoctl("create", "-f", more)).toEqual(done("Successfully created 2 resource(s)"));
    const empty = await store.file("empty.yaml", "# nothing\n---\n");
    expect(await calicoctl("create", "-f", empty)).toEqual(failed(`no resources specified in file ${empty}`));
    expect(await calicoctl("create", "-f", empty, "--skip-empty")).toEqual(done("No resources specified"));
  });

  test("what exists", async () => {
    await calicoctl("create", "-f", await one());
    expect(await calicoctl("create", "-f", await one())).toEqual(
      failed(`failed to create 'IPPool' resource: [${exists("IPPool(p1)", "IPPool p1")}]`),
    );
    expect(await calicoctl("create", "-f", await pools())).toEqual(
      failed(
        `hit error: [${exists("IPPool(p1)", "IPPool p1")}]`,
        "Partial success: created 1 out of 2 'IPPool' resources:\n",
      ),
    );
    expect(await calicoctl("create", "-f", await pools())).toEqual(
      failed(
        `failed to create any 'IPPool' resources: [${exists("IPPool(p1)", "IPPool p1")}, ${exists("IPPool(p2)", "IPPool p2")}]`,
      ),
    );
    expect(await calicoctl("create", "--skip-exists", "-f", await pools())).toEqual(
      done("Successfully created 2 'IPPool' resource(s)"),
    );
  });
});

describe("apply", () => {
  test("creates, then updates, and keeps comments of files", async () => {
    const path = join(store.directory, "mine.yaml");
    const text = `# the lab's pool\n${pool("p1", "10.1.0.0/16").replace("\n---", " # not 10.2")}`;
    await writeFile(path, text);
    expect(await calicoctl("apply", "-f", await mixed())).toEqual(done("Successfully applied 2 resource(s)"));
    expect(await readFile(path, "utf8")).toBe(text);
    await calicoctl("apply", "-f", await store.file("x.yaml", pool("p1", "10.1.0.0/16", ", disabled: true")));
    expect(await readFile(path, "utf8")).toBe(text.replace("/16}", "/16, disabled: true}"));
  });

  test("writes nothing when one of a batch is invalid", async () => {
    const bad = await store.file("bad.yaml", pool("p1", "10.1.0.0/16") + pool("p2", "10.0.1.0/33"));
    const { code, stdout, stderr } = await calicoctl("apply", "-f", bad);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/error\[.*bad\.yaml:9:14/s);
    expect(stderr).toMatch(
      /\nfailed to apply any 'IPPool' resources: \[1 error in IPPool\(p2\)\]; nothing was written\n$/,
    );
    expect(await readdir(store.directory)).toEqual([]);
  });

  test("a version in the input is a condition", async () => {
    await calicoctl("apply", "-f", await one());
    const read = (await calicoctl("get", "ippool", "p1", "-o", "yaml")).stdout;
    await calicoctl("patch", "ippool", "p1", "-p", "spec: {disabled: true}");
    const file = await store.file("old.yaml", read.replace("10.1.0.0/16", "10.1.0.0/17"));
    const { code, stderr } = await calicoctl("apply", "-f", file);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^failed to apply 'IPPool' resource: \[update conflict: IPPool\(p1\): .*spec\.cidr, spec\.disabled.*\]\n$/,
    );
  });

  test("what Calico does not write", async () => {
    const resource = (kind: string, name: string, spec: string) =>
      `apiVersion: projectcalico.org/v3\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n---\n`;
    const file = await store.file(
      "refused.yaml",
      resource("ClusterInformation", "default", "{datastoreReady: true}") +
        resource("NetworkPolicy", "knp.default.web", "{selector: all()}"),
    );
    expect((await calicoctl("apply", "-f", file)).stderr).toBe(
      "failed to apply any resources: [operation create or apply is not supported on ClusterInformation, operation create or apply is not supported on knp.default.web: kubernetes network policies must be managed through the kubernetes API]\n",
    );
  });

  test("files that are none", async () => {
    const tab = await store.file("tab.yaml", "kind:\tIPPool\n\t- a\n");
    const read = await calicoctl("apply", "-f", tab);
    expect(read.code).toBe(1);
    expect(read.stderr).toMatch(/error\[syntax\/yaml\].*tab\.yaml:.*\nfailed to execute command: /s);
    const other = await store.file("other.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n");
    expect((await calicoctl("apply", "-f", other)).stderr).toMatch(
      /failed to execute command: unknown resource type \(Pod\) and\/or version \(v1\) in .*other\.yaml; commands that compile read it\n$/,
    );
    expect(await calicoctl("apply", "-f", "nowhere.yaml")).toEqual(
      failed("no such file or directory: nowhere.yaml"),
    );
  });

  test("directories: their own files, with -R all below", async () => {
    const { mkdir } = await import("node:fs/promises");
    const top = join(store.directory, "..", "input");
    await mkdir(join(top, "below"), { recursive: true });
    expect(await calicoctl("apply", "-f", top)).toEqual(failed(`no resources specified in directory ${top}`));
    await writeFile(join(top, "a.YAML"), pool("p1", "10.1.0.0/16"));
    await writeFile(join(top, "note.txt"), "no resource");
    await writeFile(join(top, "below", "b.json"), JSON.stringify([{ ...SET, metadata: { name: "s" } }]));
    expect(await calicoctl("apply", "-f", top)).toEqual(done("Successfully applied 1 'IPPool' resource(s)"));
    expect(await calicoctl("apply", "-R", "-f", top)).toEqual(done("Successfully applied 2 resource(s)"));
  });
});

const SET = { apiVersion: "projectcalico.org/v3", kind: "NetworkSet", spec: { nets: ["10.0.0.0/8"] } };

test("replace: only what exists, and each by itself", async () => {
  expect(await calicoctl("replace", "-f", await one())).toEqual(
    failed(`failed to replace 'IPPool' resource: [${absent("IPPool(p1)", "IPPool p1")}]`),
  );
  await calicoctl("create", "-f", await one());
  expect(await calicoctl("replace", "-f", await pools())).toEqual(
    failed(
      `hit error: [${absent("IPPool(p2)", "IPPool p2")}]`,
      "Partial success: replaced 1 out of 2 'IPPool' resources:\n",
    ),
  );
  expect(await calicoctl("replace", "-f", await one())).toEqual(
    done("Successfully replaced 1 'IPPool' resource(s)"),
  );
});

test("delete: by name and by file", async () => {
  await calicoctl("create", "-f", await pools());
  expect(await calicoctl("delete", "pools", "p1", "p9")).toEqual(
    failed(
      `Failed to delete 'IPPool' resource: ${absent("IPPool(p9)", "IPPool p9")}`,
      "Successfully deleted 1 'IPPool' resource(s)\n",
    ),
  );
  expect(await calicoctl("delete", "-s", "-f", await pools())).toEqual(
    done("Successfully deleted 2 'IPPool' resource(s)"),
  );
  expect(await calicoctl("delete", "ippool")).toEqual(failed("name the resources of kind IPPool to delete"));
  expect(await calicoctl("delete")).toEqual(failed("name a kind, as in 'ippool', or files with -f"));
  expect(await readdir(join(store.directory, "ippool"))).toEqual([]);
});

test("validate: without a datastore, each by itself", async () => {
  await store.close();
  store = await Store.open({});
  const bad = await store.file("bad.yaml", pool("p1", "10.1.0.0/16") + pool("p2", "10.0.1.0/33"));
  expect(await calicoctl("validate", "-f", await pools())).toEqual(
    done("Successfully validated 2 'IPPool' resource(s)"),
  );
  const { code, stdout, stderr } = await calicoctl("validate", "-f", bad);
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: "Partial success: validated 1 out of 2 'IPPool' resources:\n",
  });
  expect(stderr).toMatch(/bad\.yaml:9:14.*\nhit error: \[1 error in IPPool\(p2\)\]\n$/s);
  expect((await calicoctl("apply", "-f", await one())).stderr).toMatch(/^no datastore is configured/);
});

describe("label", () => {
  beforeEach(async () => {
    await calicoctl("create", "-f", await one());
  });

  test("set, change, remove", async () => {
    // What every JavaScript object has is no label.
    expect(await calicoctl("label", "ippool", "p1", "toString", "--remove")).toMatchObject({ code: 1 });
    expect(await calicoctl("label", "ippool", "p1", "a=b")).toEqual(
      done("Successfully set label a on ippool p1"),
    );
    expect(await calicoctl("label", "ippool", "p1", "a=c")).toEqual(
      failed(
        "failed to update label of ippool p1, key a is already present. please use '--overwrite' to set a new value",
      ),
    );
    expect(await calicoctl("label", "ippool", "p1", "a=c=d", "--overwrite")).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/label/),
    });
    expect(await calicoctl("label", "ippool", "p1", "a=c", "--overwrite")).toEqual(
      done("Successfully updated label a on ippool p1"),
    );
    expect((await calicoctl("get", "ippool", "--selector", "a == 'c'", "-o", "name")).stdout).toBe(
      "ippool/p1\n",
    );
    expect(await calicoctl("label", "ippool", "p1", "a", "--remove")).toEqual(
      done("Successfully removed label a from ippool p1"),
    );
    expect(await calicoctl("label", "ippool", "p1", "a", "--remove")).toEqual(
      failed("cannot remove label of ippool p1, key a does not exist"),
    );
    expect(await calicoctl("label", "ippool", "p1", "a")).toEqual(failed("invalid label a"));
  });
});

describe("patch", () => {
  beforeEach(async () => {
    await calicoctl("create", "-f", await one());
  });
  const patched = (patch: string, ...more: readonly string[]) =>
    calicoctl("patch", "ippool", "p1", "-p", patch, ...more);

  test("fields change, come and go", async () => {
    expect(await patched('{"spec":{"disabled":true,"blockSize":27}}')).toEqual(
      done("Successfully patched 1 'IPPool' resource"),
    );
    await patched("spec: {blockSize: null}", "--type", "merge");
    expect(JSON.parse((await calicoctl("get", "ippool", "p1", "-o", "json")).stdout).spec).toEqual({
      cidr: "10.1.0.0/16",
      disabled: true,
    });
  });

  test("mistakes", async () => {
    expect((await patched("spec: {cidr: x}")).stderr).toMatch(/^Failed to patch 'IPPool' resource: .*x/);
    expect((await patched("spec: {natOutgoin: true}")).stderr).toBe(
      `Failed to patch 'IPPool' resource: There is no field "natOutgoin" here. Did you mean "natOutgoing"?\n`,
    );
    expect((await patched("metadata: {name: q}")).stderr).toMatch(
      /cannot give a resource another kind, name/,
    );
    expect((await patched("[1]")).stderr).toBe("the patch is not a mapping of fields\n");
    expect((await patched("{}", "-t", "xml")).stderr).toBe(
      "patch type 'xml' is none of json, merge, strategic\n",
    );
    expect(await calicoctl("patch", "ippool", "p9", "-p", "{}")).toEqual(
      failed(`Failed to patch 'IPPool' resource: ${absent("IPPool(p9)", "IPPool p9")}`),
    );
  });
});
