import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { networkSet, pool, Store } from "./store.ts";

let store: Store;
beforeEach(async () => {
  store = await Store.open();
  const all =
    pool("p1", "10.1.0.0/16") +
    pool("p2", "10.2.0.0/16", ", nodeSelector: rack == '1'") +
    networkSet("s1") +
    networkSet("s2", "prod");
  await writeFile(join(store.directory, "all.yaml"), all);
});
afterEach(() => store.close());

const failed = (stderr: string, stdout = "") => ({ code: 1, stdout, stderr: `${stderr}\n` });
const get = (...words: readonly string[]) => calicoctl("get", ...words);
const shown = async (...words: readonly string[]) => {
  const { code, stdout, stderr } = await get(...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
};

test("options of all commands stand before a command, too", async () => {
  const words = ["-l", "debug", "--context", "other", "--allow-version-mismatch"];
  const before = await calicoctl(...words, "get", "pools");
  expect(process.env.K8S_CURRENT_CONTEXT).toBe("other");
  expect(before).toEqual(await calicoctl("get", "pools", ...words));
});

describe("formats", () => {
  test("a table for a list, and one for each named resource", async () => {
    expect(await shown("pools")).toBe(
      "NAME   CIDR          SELECTOR      \np1     10.1.0.0/16   all()         \np2     10.2.0.0/16   rack == '1'   \n\n",
    );
    expect(await shown("pools", "p1", "p2", "-o", "custom-columns=CIDR,NAME")).toBe(
      "CIDR          NAME   \n10.1.0.0/16   p1     \n\nCIDR          NAME   \n10.2.0.0/16   p2     \n\n",
    );
  });

  test("YAML and JSON: one bare, several as an array, a kind as a list", async () => {
    const [p1, p2] = JSON.parse(await shown("pool", "p1", "p2", "-o", "json"));
    expect(p1).toEqual({
      apiVersion: "projectcalico.org/v3",
      kind: "IPPool",
      metadata: { name: "p1", resourceVersion: expect.stringMatching(/^[0-9a-f]{16}$/) },
      spec: { cidr: "10.1.0.0/16" },
    });
    expect(JSON.parse(await shown("pool", "p1", "-o", "json"))).toEqual(p1);
    expect(JSON.parse(await shown("pool", "-o", "json"))).toEqual({
      kind: "IPPoolList",
      apiVersion: "projectcalico.org/v3",
      metadata: { resourceVersion: expect.any(String) },
      items: [p1, p2],
    });
    expect(await shown("tier", "-o", "yaml")).toMatch(
      /^apiVersion: projectcalico.org\/v3\nitems: \[\]\nkind: TierList\nmetadata:\n {2}resourceVersion: .*\n$/,
    );
  });

  test("--export leaves out what only this cluster knows", async () => {
    const exported = await shown("netsets", "s2", "-n", "prod", "-o", "yaml", "--export");
    expect(exported).not.toMatch(/namespace|resourceVersion/);
  });

  test("what is none", async () => {
    expect(await get("pool", "-o", "xml")).toEqual(failed("unrecognized output format 'xml'"));
    expect(await get("pool", "-o", "custom-columns=")).toEqual(failed("need to specify at least one column"));
    expect(await get("bgpfilter", "-o", "custom-columns=FOO")).toEqual(
      failed(
        "unknown heading FOO, valid values are: NAME, NUMEXPORTV4, NUMEXPORTV6, NUMIMPORTV4, NUMIMPORTV6",
      ),
    );
  });
});

describe("which resources", () => {
  test("namespaces", async () => {
    expect(await shown("networksets")).toBe("NAME   \ns1     \n\n");
    expect(await shown("networksets", "-n", "prod")).toBe("NAMESPACE   NAME   \nprod        s2     \n\n");
    for (const all of ["-A", "-a", "--all-namespaces"])
      expect(await shown("networksets", all)).toBe(
        "NAMESPACE   NAME   \ndefault     s1     \nprod        s2     \n\n",
      );
  });

  test("mistakes about namespaces", async () => {
    expect(await get("netsets", "-A", "-n", "prod")).toEqual(
      failed("cannot use both --namespace and --all-namespaces flags at the same time"),
    );
    expect(await get("pool", "-n", "prod")).toEqual(failed("IPPool is not namespaced"));
    expect(await get("netsets", "s1", "-A")).toEqual(
      failed("cannot use --all-namespace flag for getting a single resource"),
    );
    const file = await store.file("s2.yaml", networkSet("s2", "prod"));
    expect(await get("-f", file, "-n", "test")).toEqual(
      failed("resource namespace does not match client namespace. prod != test"),
    );
    const named = await store.file(
      "p.yaml",
      pool("p1", "10.1.0.0/16").replace("name:", "namespace: a, name:"),
    );
    expect(await get("-f", named)).toEqual(
      failed(
        "namespace should not be specified for a non-namespaced resource. IPPool is not a namespaced resource",
      ),
    );
  });

  test("by file, by selector, and what is not there", async () => {
    const file = await store.file("named.yaml", networkSet("s2", "prod") + pool("p1", "10.9.0.0/16"));
    expect(await shown("-f", file, "-o", "name")).toBe("networkset/s2\nippool/p1\n");
    expect(await get("pool", "p9", "p1", "-o", "name")).toEqual(
      failed("resource does not exist: IPPool(p9) with error: IPPool p9 does not exist", "ippool/p1\n"),
    );
    expect(await shown("pool", "--selector", "has(a)", "-o", "name")).toBe("");
    expect((await get("pool", "--selector", "a =")).stderr).toMatch(/^the selector does not parse: /);
    expect(await get("foo")).toEqual(failed("resource type 'foo' is not supported"));
    expect(await get("pool", "")).toEqual(failed("resource name may not be empty"));
    expect((await get("pool", "-f", file)).stderr).toMatch(/not both/);
  });

  test("templates of Go over what was asked for", async () => {
    const listed = "{{range .}}{{range .Items}}{{.ObjectMeta.Name}} {{.Spec.CIDR}},{{end}}{{end}}";
    expect(await shown("pool", "-o", `go-template=${listed}`)).toBe("p1 10.1.0.0/16,p2 10.2.0.0/16,");
    const file = await store.file("names.tpl", '{{range .}}{{.Name}} {{config "asnumber"}}\n{{end}}');
    expect(await shown("pool", "p2", "p1", "-o", `go-template-file=${file}`)).toBe("p2 64512\np1 64512\n");
    expect(await get("pool", "-o", "go-template=")).toEqual(failed("need to specify a template"));
    expect(await get("pool", "-o", "go-template={{.")).toEqual(
      failed("the template does not parse: a {{ is not closed"),
    );
    expect(await get("pool", "-o", "go-template={{.Name}}")).toEqual(
      failed("the template cannot be run: can't evaluate field Name of a list"),
    );
    expect((await get("pool", "-o", "go-template-file=/nowhere")).stderr).toMatch(/^cannot read \/nowhere: /);
    expect((await get("pool", "-w", "-o", "go-template=x")).stderr).toMatch(/^--watch shows/);
  });

  test("what cannot be read is said and left out", async () => {
    await writeFile(join(store.directory, "broken.yaml"), "{");
    const { code, stdout, stderr } = await get("pool", "-o", "name");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "ippool/p1\nippool/p2\n" });
    expect(stderr).toMatch(/^warning: broken\.yaml document 1 cannot be read and is left out: .*\n$/);
  });
});

describe("a process of its own", () => {
  const program = ["cli/calicoctl.ts"];

  test("get -o yaml | apply -f -", () => {
    const got = spawnSync(process.execPath, [...program, "get", "netsets", "-A", "-o", "yaml"], {
      encoding: "utf8",
    });
    const applied = spawnSync(process.execPath, [...program, "apply", "-f", "-"], {
      input: got.stdout,
      encoding: "utf8",
    });
    expect({ code: applied.status, stdout: applied.stdout, stderr: applied.stderr }).toEqual({
      code: 0,
      stdout: "Successfully applied 2 'NetworkSet' resource(s)\n",
      stderr: "",
    });
  });

  test("get -w shows each change and ends when it is interrupted", async () => {
    const child = spawn(process.execPath, [...program, "get", "pool", "-w"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      let text = "";
      child.stdout.on("data", (part) => {
        text += part;
      });
      const until = async (sign: RegExp) => {
        for (let tries = 0; tries < 200 && !sign.test(text); tries++) await delay(50);
        expect(text).toMatch(sign);
      };
      await until(/^ADDED +p2 /m);
      await calicoctl("patch", "pool", "p1", "-p", "spec: {nodeSelector: all()}");
      await until(/^MODIFIED +p1 /m);
      await calicoctl("delete", "pool", "p2");
      await until(/^DELETED +p2 /m);
      expect(text).toBe(
        [
          "EVENT      NAME   CIDR          SELECTOR      ",
          "ADDED      p1     10.1.0.0/16   all()         ",
          "ADDED      p2     10.2.0.0/16   rack == '1'   ",
          "MODIFIED   p1     10.1.0.0/16   all()         ",
          "DELETED    p2     10.2.0.0/16   rack == '1'   ",
          "",
        ].join("\n"),
      );
      child.kill("SIGINT");
      expect(await ended(child)).toBe(0);
    } finally {
      child.kill("SIGKILL");
    }
  });
});

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  return new Promise((resolve) => {
    child.once("exit", resolve);
  });
}
