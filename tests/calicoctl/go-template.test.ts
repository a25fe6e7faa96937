import { describe, expect, test } from "vitest";
import { runTemplate } from "../../cli/resources/go-template/run.ts";
import { parseTemplate } from "../../cli/resources/go-template/syntax.ts";

const POOL = {
  kind: "IPPool",
  metadata: { name: "p1", labels: { b: "2", a: "1" } },
  spec: {
    cidr: "10.0.0.0/8",
    ipipMode: "Always",
    blockSize: 26,
    disabled: false,
    allowedUses: ["Workload", "Tunnel"],
  },
};
const DATA = [POOL, { kind: "IPPool", metadata: { name: "p2" }, spec: { cidr: "fd00::/8" } }];

function made(template: string, data: unknown = DATA): string {
  return runTemplate(parseTemplate(template), data as never, {});
}

/** Those without fields of structures were compared with what Go's text/template makes of them. */
describe("as in Go", () => {
  test.each([
    ["{{range .}}{{.Spec.CIDR}};{{end}}", "10.0.0.0/8;fd00::/8;"],
    ["{{range $i, $pool := .}}{{$i}}={{$pool.ObjectMeta.Name}} {{end}}", "0=p1 1=p2 "],
    ["{{range .}}{{if .Spec.IPIPMode}}{{.Name}}{{else if true}}none{{end}}\n{{end}}", "p1\nnone\n"],
    ["{{with index . 0}}{{.Kind}} {{.Metadata.Name}}{{end}}", "IPPool p1"],
    ["{{with index . 1}}{{with .Spec.Nets}}x{{else}}nothing{{end}}{{end}}", "nothing"],
    ["{{range $k, $v := (index . 0).ObjectMeta.Labels}}{{$k}}{{$v}}{{end}}", "a1b2"],
    ["{{range (index . 1).Spec.Nets}}x{{else}}no nets{{end}}", "no nets"],
    ["{{(index . 0).ObjectMeta.Labels}} {{(index . 0).Spec.AllowedUses}}", "map[a:1 b:2] [Workload Tunnel]"],
    ["a {{- 1 -}} b {{ 2 }} c{{/* no */}}", "a1b 2 c"],
    [`{{"}}"}}{{\`{{\`}}`, "}}{{"],
    ["{{$x := 1}}{{if true}}{{$x = 2}}{{$y := 3}}{{end}}{{$x}}", "2"],
    ['{{len .}} {{len "ab"}} {{not 0}} {{and 1 0 3}} {{or 0 "q"}}', "2 2 true 0 q"],
    [
      '{{eq 1 2 1}} {{ne 1 1}} {{lt 1 2}} {{le 2 2}} {{gt "a" "b"}} {{ge 3 2}}',
      "true false true true false true",
    ],
    [
      '{{printf "%-6s|%4d|%04d|%q|%v|%.2f|%t|%%" "ab" 7 7 "x" 1 2.5 true}}',
      'ab    |   7|0007|"x"|1|2.50|true|%',
    ],
    ['{{"x" | printf "%s-%s" "y"}} {{printf "%d" "a"}} {{printf "%s"}}', "y-x %!d(string=a) %!s(MISSING)"],
    ['{{print 1 2 "a" "b" 3}}', "1 2ab3"],
    ['{{println "a" 1}}', "a 1\n"],
    ["{{range 3}}{{.}}{{end}}", "012"],
    ["{{1 -}} x {{- /* c */ -}} y", "1xy"],
    ['{{printf "%5.1f|%x|%6q|%-5t|" 1.75 255 "a" true}}', '  1.8|ff|   "a"|true |'],
    ["{{$}}", "[]", []],
    [
      `{{join (index . 0).Spec.AllowedUses ","}} {{joinAndTruncate (index . 0).ObjectMeta.Labels "," 6}}`,
      "Workload,Tunnel a=1...",
    ],
  ])("%s", (template, expected, data: unknown = DATA) => {
    expect(made(template, data)).toBe(expected);
  });
});

test.each([
  ["{{range .}}", "the template does not parse: {{end}} is missing"],
  ["{{end}}", "the template does not parse: {{end}} closes nothing"],
  ["{{if 1}}{{else}}{{else}}{{end}}", "the template does not parse: there are two {{else}}"],
  ["{{.x", "the template does not parse: a {{ is not closed"],
  ["{{(1}}", "the template does not parse: a ) is missing in {{(1}}"],
  ["{{}}", "the template does not parse: a value is missing in {{}}"],
  ["{{1 !}}", "the template does not parse: ! in {{1 !}}"],
  ['{{"\\x41"}}', 'the template does not parse: "\\x41" has an escape that is not known'],
  ['{{define "x"}}{{end}}', "the template does not parse: {{define}} is not there"],
  ["{{nothing 1}}", "the template cannot be run: there is no function nothing"],
  ["{{constructor}}", "the template cannot be run: there is no function constructor"],
  ["{{$x}}", "the template cannot be run: there is no variable $x"],
  ['{{"a" "b"}}', "the template cannot be run: only a function takes arguments"],
  ["{{.Name}}", "the template cannot be run: can't evaluate field Name of a list"],
  ["{{index . 2}}", "the template cannot be run: index: index 2 of a list of 2"],
  ['{{lt 1 "a"}}', "the template cannot be run: lt: 1 and a have no order"],
  ['{{printf "%y" 1}}', "the template cannot be run: printf: %y is not there"],
  ['{{range "abc"}}{{end}}', "the template cannot be run: range cannot go over abc"],
])("%s is refused", (template, message) => {
  expect(() => made(template)).toThrow(message);
});
