import type { Report } from "../../../diagnostics/bag.ts";
import { at, type Origin } from "../../../diagnostics/diagnostic.ts";
import type { RuleCheck } from "./context.ts";
import { parseProtocol } from "./protocol-checks.ts";
import type { Rule } from "./schema.ts";

const TCP = 6;

/** R23–R27, and that packets do not show what HTTP says. */
export const checkHttp: RuleCheck = ({ rule }, { direction, origin }, report) => {
  const { http, action, protocol } = rule;
  if (http === undefined) return;
  const here = at(origin, "http");
  if (action !== "Allow") report("policy/http-action", { action }, here);
  const number = protocol === undefined ? undefined : parseProtocol(protocol);
  if (number !== undefined && number !== TCP)
    report("policy/http-protocol", { protocol: String(protocol) }, here);
  if (direction === "egress") report("policy/http-direction", {}, here);
  const { methods = [], paths = [] } = http;
  const repeated = methods.filter((method, index) => methods.indexOf(method) !== index);
  if (repeated.length > 0)
    report("policy/http-duplicate-methods", { methods: [...new Set(repeated)] }, at(here, "methods"));
  paths.forEach((path, index) => {
    checkPath(path, at(here, "paths", index), report);
  });
  if (action === "Allow" && methods.length + paths.length > 0) report("policy/http-not-enforced", {}, here);
};

type HttpPath = NonNullable<NonNullable<Rule["http"]>["paths"]>[number];

function checkPath(match: HttpPath, origin: Origin, report: Report): void {
  const { exact = "", prefix = "" } = match;
  const path = exact + prefix;
  const reason =
    exact !== "" && prefix !== ""
      ? "Both 'exact' and 'prefix' are set"
      : path === ""
        ? "Either 'exact' or 'prefix' must be set"
        : !path.startsWith("/") || /[?# ]/.test(path)
          ? `${JSON.stringify(path)} must start with \`/\` and not contain \`?\`, \`#\` or a space`
          : undefined;
  if (reason !== undefined) report("policy/http-path", { reason }, origin);
}
