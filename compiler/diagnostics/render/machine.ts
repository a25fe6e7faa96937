import type { Diagnostic, Severity } from "../diagnostic.ts";
import { REGISTRY } from "../registry.ts";

/** GitHub workflow commands: one annotation a line. */
export function renderGitHub(diagnostics: readonly Diagnostic[]): string {
  const commands: Record<Severity, string> = { error: "error", warning: "warning", info: "notice" };
  return diagnostics
    .map(({ severity, code, message, hint, location }) => {
      const place =
        location === undefined
          ? ""
          : `file=${property(location.file)},line=${location.line},col=${location.column},endLine=${location.endLine},endColumn=${location.endColumn},`;
      const text = hint === undefined ? message : `${message} ${hint}`;
      return `::${commands[severity]} ${place}title=${property(code)}::${data(text)}\n`;
    })
    .join("");
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** SARIF 2.1.0, one run; the rules are the codes that occur. */
export function renderSarif(diagnostics: readonly Diagnostic[], version: string): string {
  const levels: Record<Severity, string> = { error: "error", warning: "warning", info: "note" };
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "calicoctl", version, rules: codes.map(sarifRule) } },
        results: diagnostics.map(({ code, severity, message, hint, location }) => ({
          ruleId: code,
          ruleIndex: codes.indexOf(code),
          level: levels[severity],
          message: { text: hint === undefined ? message : `${message} ${hint}` },
          ...(location === undefined
            ? {}
            : {
                locations: [
                  {
                    physicalLocation: {
                      artifactLocation: { uri: encodeURI(location.file) },
                      region: {
                        startLine: location.line,
                        startColumn: location.column,
                        endLine: location.endLine,
                        endColumn: location.endColumn,
                      },
                    },
                  },
                ],
              }),
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function sarifRule(code: string) {
  const spec = Object.hasOwn(REGISTRY, code) ? REGISTRY[code as keyof typeof REGISTRY] : undefined;
  return { id: code, shortDescription: { text: spec?.summary ?? code } };
}

/** JUnit XML: one test case a finding, errors fail. CI servers list them beside the tests. */
export function renderJUnit(diagnostics: readonly Diagnostic[]): string {
  const failures = diagnostics.filter(({ severity }) => severity === "error").length;
  const cases = diagnostics.map(({ code, severity, message, hint, location }) => {
    const place = location === undefined ? "" : `${location.file}:${location.line}:${location.column}`;
    const name = `<testcase classname="${xml(code)}" name="${xml(place === "" ? message : `${place} ${message}`)}"`;
    const text = xml(hint === undefined ? message : `${message} ${hint}`);
    return severity === "error"
      ? `  ${name}>\n    <failure message="${text}"/>\n  </testcase>\n`
      : `  ${name}>\n    <system-out>${severity}: ${text}</system-out>\n  </testcase>\n`;
  });
  const open = `<testsuite name="calicoctl" tests="${diagnostics.length}" failures="${failures}">`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${open}\n${cases.join("")}</testsuite>\n`;
}

/** XML 1.0 has no place for control characters, not even escaped. */
function xml(text: string): string {
  return text
    .replaceAll(/\p{Cc}/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
