import { describe, expect, test } from "vitest";
import { foldPolicySubject, foldRuleSelector, type RuleSelectors, type SubjectSelectors } from "./fold.ts";
import { MAX_NESTING } from "./nodes.ts";

function foldRule(rule: Omit<RuleSelectors, "policyNamespace">, policyNamespace = "prod") {
  const folded = foldRuleSelector({ policyNamespace, ...rule });
  if (!folded.ok) throw new Error(JSON.stringify(folded.errors));
  return folded;
}

function foldSubject(subject: SubjectSelectors) {
  const folded = foldPolicySubject(subject);
  if (!folded.ok) throw new Error(JSON.stringify(folded.errors));
  return folded;
}

describe("a rule of a namespaced policy", () => {
  test.each<[Omit<RuleSelectors, "policyNamespace">, string]>([
    [{ selector: "app == 'a'" }, "(projectcalico.org/namespace == 'prod') && (app == 'a')"],
    [{ namespaceSelector: "all()" }, "has(projectcalico.org/namespace)"],
    [
      { namespaceSelector: "global()", selector: "role == 'ext'" },
      "(!has(projectcalico.org/namespace)) && (role == 'ext')",
    ],
    [{ namespaceSelector: "env == 'x'", selector: "app == 'a'" }, "(pcns.env == \"x\") && (app == 'a')"],
    [
      { serviceAccounts: { names: ["b", "a"], selector: "t == 'q'" }, selector: "z == '1'" },
      `(projectcalico.org/namespace == 'prod') && (((pcsa.t == "q") && (projectcalico.org/serviceaccount in {"a", "b"})) && (z == '1'))`,
    ],
    [{ notSelector: "app == 'a'" }, "projectcalico.org/namespace == 'prod'"],
    [{}, ""],
    [{ serviceAccounts: {} }, ""],
    [
      { serviceAccounts: { names: [], selector: "" }, selector: "", namespaceSelector: "", notSelector: "" },
      "",
    ],
    [
      { serviceAccounts: { names: ["x"] } },
      `(projectcalico.org/namespace == 'prod') && (projectcalico.org/serviceaccount in {"x"})`,
    ],
    [{ selector: "all()" }, "(projectcalico.org/namespace == 'prod') && (all())"],
    [{ selector: "  app=='a' " }, "(projectcalico.org/namespace == 'prod') && (  app=='a' )"],
    [{ namespaceSelector: "!all()" }, "!has(projectcalico.org/namespace)"],
    [{ namespaceSelector: "has(a) || b in {'2','1'}" }, '(has(pcns.a) || pcns.b in {"1", "2"})'],
    [{ namespaceSelector: "projectcalico.org/name == 'x'" }, 'pcns.projectcalico.org/name == "x"'],
  ])("%j is %s", (rule, text) => {
    expect(foldRule(rule).text).toBe(text);
  });

  test("the replacement reaches into quoted values of the namespace selector, and only there", () => {
    expect(foldRule({ namespaceSelector: "a == 'all() global()'", selector: "b == 'all()'" }).text).toBe(
      `(pcns.a == "has(projectcalico.org/namespace) !has(projectcalico.org/namespace)") && (b == 'all()')`,
    );
  });

  test("a blank selector is all()", () => {
    expect(foldRule({ selector: " \t" }).text).toBe("(projectcalico.org/namespace == 'prod') && (all())");
    expect(foldRule({ namespaceSelector: " " }).text).toBe("has(projectcalico.org/namespace)");
  });
});

test("a rule of a cluster-scoped policy is not limited to a namespace", () => {
  expect(foldRule({ selector: "app == 'a'" }, "").text).toBe("app == 'a'");
  expect(foldRule({ serviceAccounts: { names: ["x"] } }, "").text).toBe(
    'projectcalico.org/serviceaccount in {"x"}',
  );
  expect(foldRule({ namespaceSelector: "a == 'b'" }, "").text).toBe('pcns.a == "b"');
});

describe("the negative selector of a rule", () => {
  test("is absorbed by a positive one", () => {
    const folded = foldRule({ selector: "b == '1'", notSelector: "a == 'x' || has(c)" }, "");
    expect(folded.selector?.canonical).toBe('(b == "1" && !(a == "x" || has(c)))');
    expect(folded.notSelector).toBeUndefined();
  });

  test("drags the namespace of the policy in", () => {
    const folded = foldRule({ notSelector: "app == 'a'" });
    expect(folded.selector?.canonical).toBe('(projectcalico.org/namespace == "prod" && !app == "a")');
    expect(folded.notSelector).toBeUndefined();
  });

  test("stays by itself where there is no positive one", () => {
    const folded = foldRule({ notSelector: "app == 'a'" }, "");
    expect(folded.selector).toBeUndefined();
    expect(folded.notSelector?.canonical).toBe('app == "a"');
    expect(folded.text).toBe("");
  });

  test("a rule without selectors has neither", () => {
    expect(foldRule({})).toEqual({ ok: true, text: "", selector: undefined, notSelector: undefined });
  });
});

describe("the subject of a policy", () => {
  test.each<[SubjectSelectors, string]>([
    [
      { kind: "namespaced", namespace: "prod", selector: "", serviceAccountSelector: "r == 'x'" },
      "(projectcalico.org/namespace == 'prod') && pcsa.r == \"x\"",
    ],
    [{ kind: "namespaced", namespace: "prod" }, "projectcalico.org/namespace == 'prod'"],
    [
      { kind: "namespaced", namespace: "prod", selector: "a == 'b' || has(c)" },
      "(a == 'b' || has(c)) && projectcalico.org/namespace == 'prod'",
    ],
    [
      { kind: "namespaced", namespace: "prod", selector: "a == 'b'", serviceAccountSelector: "all()" },
      "((a == 'b') && projectcalico.org/namespace == 'prod') && all()",
    ],
    [
      { kind: "global", selector: "all()", namespaceSelector: "e == 'p'" },
      '(has(projectcalico.org/namespace)) && pcns.e == "p"',
    ],
    [{ kind: "global", selector: "", namespaceSelector: "all()" }, "has(projectcalico.org/namespace)"],
    [{ kind: "global", selector: "" }, ""],
    [{ kind: "global", selector: "all()" }, "all()"],
    [{ kind: "global", selector: "app == 'a'" }, "app == 'a'"],
    [
      { kind: "global", selector: "all()", serviceAccountSelector: "all()" },
      "(has(projectcalico.org/serviceaccount)) && has(projectcalico.org/serviceaccount)",
    ],
    [
      {
        kind: "global",
        selector: "a == 'all()'",
        namespaceSelector: "has(e)",
        serviceAccountSelector: "has(s)",
      },
      "((a == 'has(projectcalico.org/namespace)') && has(pcns.e)) && has(pcsa.s)",
    ],
  ])("%j is %s", (subject, text) => {
    expect(foldSubject(subject).text).toBe(text);
  });

  test("its selector is the parsed text", () => {
    expect(foldSubject({ kind: "global" }).selector.canonical).toBe("all()");
    expect(
      foldSubject({ kind: "namespaced", namespace: "prod", selector: "has(a) || has(b)" }).selector.canonical,
    ).toBe('((has(a) || has(b)) && projectcalico.org/namespace == "prod")');
  });
});

describe("errors name the field at fault", () => {
  test("all of them, with their places in the user's text", () => {
    const folded = foldRuleSelector({
      policyNamespace: "prod",
      selector: "a = 'x'",
      notSelector: "b",
      namespaceSelector: "has (c)",
      serviceAccounts: { selector: "d ==", names: ["it's"] },
    });
    if (folded.ok) throw new Error("folds");
    expect(folded.errors.map(({ field, span }) => [field, span])).toEqual([
      ["selector", { start: 2, end: 3 }],
      ["notSelector", { start: 0, end: 1 }],
      ["namespaceSelector", { start: 4, end: 5 }],
      ["serviceAccounts.selector", { start: 3, end: 4 }],
      ["serviceAccounts.names", undefined],
    ]);
  });

  test("those of a subject", () => {
    const folded = foldPolicySubject({
      kind: "global",
      selector: "!",
      namespaceSelector: "!",
      serviceAccountSelector: "!",
    });
    expect(folded.ok ? [] : folded.errors.map((error) => error.field)).toEqual([
      "selector",
      "namespaceSelector",
      "serviceAccountSelector",
    ]);
  });

  test("a label name that only the prefix makes too long", () => {
    const folded = foldRuleSelector({ policyNamespace: "", namespaceSelector: `has(${"x".repeat(510)})` });
    expect(folded).toEqual({
      ok: false,
      errors: [
        {
          field: "namespaceSelector",
          reason: "with what Calico adds to it, the label name is longer than 512 characters",
          span: undefined,
        },
      ],
    });
  });

  test("a selector that nests to the limit can still be folded", () => {
    const deep = `${"(".repeat(MAX_NESTING)}has(a)${")".repeat(MAX_NESTING)}`;
    const serviceAccounts = { selector: deep, names: ["x"] };
    expect(foldRule({ selector: deep, notSelector: deep, serviceAccounts }).selector?.canonical).toContain(
      "has(a)",
    );
    const subject = {
      kind: "global",
      selector: deep,
      namespaceSelector: deep,
      serviceAccountSelector: deep,
    } as const;
    expect(foldSubject(subject).selector.canonical).toBe("((has(a) && has(pcns.a)) && has(pcsa.a))");
  });
});
