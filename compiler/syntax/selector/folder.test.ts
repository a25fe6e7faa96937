import fc from "fast-check";
import { expect, test } from "vitest";
import { foldPolicySubject, foldRuleSelector, type RuleSelectors, type SubjectSelectors } from "./fold.ts";
import { SelectorFolder } from "./folder.ts";

/** Few, so that inputs come again, and alike, so that one in the place of another would show. */
const text = fc.constantFrom("", "a", "a == 'x'", "has(a)", "all()", "global()", "!!");
const optional = fc.option(text, { nil: undefined });
const place = fc.constantFrom("", "a", "default");

const rule: fc.Arbitrary<RuleSelectors> = fc.record({
  policyNamespace: place,
  selector: optional,
  notSelector: optional,
  namespaceSelector: optional,
  serviceAccounts: fc.option(
    fc.record({
      names: fc.option(fc.array(place, { maxLength: 3 }), { nil: undefined }),
      selector: optional,
    }),
    { nil: undefined },
  ),
});
const subject: fc.Arbitrary<SubjectSelectors> = fc.oneof(
  fc.record({
    kind: fc.constant("global" as const),
    selector: optional,
    namespaceSelector: optional,
    serviceAccountSelector: optional,
  }),
  fc.record({
    kind: fc.constant("namespaced" as const),
    namespace: place,
    selector: optional,
    serviceAccountSelector: optional,
  }),
);

test("remembers nothing that folding anew would not say", () => {
  fc.assert(
    fc.property(fc.array(rule, { minLength: 8 }), fc.array(subject, { minLength: 8 }), (rules, subjects) => {
      const folder = new SelectorFolder();
      for (const one of [...rules, ...rules]) expect(folder.rule(one)).toEqual(foldRuleSelector(one));
      for (const one of [...subjects, ...subjects])
        expect(folder.subject(one)).toEqual(foldPolicySubject(one));
    }),
  );
});

test("gives the same object for equal inputs", () => {
  const folder = new SelectorFolder();
  const inputs = { policyNamespace: "n", selector: "has(a)" };
  expect(folder.rule({ ...inputs })).toBe(folder.rule({ ...inputs, notSelector: "" }));
});
