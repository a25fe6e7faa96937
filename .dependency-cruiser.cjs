// Who may import whom: the table of ARCHITECTURE.md, enforced. A folder may always import itself.
const COMPILER = {
  net: [],
  diagnostics: [],
  syntax: ["diagnostics"],
  ir: ["net", "syntax", "diagnostics"],
  resources: ["syntax", "ir", "diagnostics", "net"],
  engine: ["ir", "net", "syntax", "diagnostics"],
  dataplane: ["ir", "net"],
  passes: ["ir"],
  backends: ["ir", "net", "dataplane", "diagnostics"],
  semantics: ["ir", "net", "dataplane", "syntax"],
  plan: ["ir", "net", "dataplane", "backends", "semantics"],
  checks: ["syntax", "ir", "diagnostics", "net", "resources", "engine", "dataplane", "semantics"],
};

const layers = Object.entries(COMPILER).map(([from, allowed]) => ({
  name: `layer-${from}`,
  comment: `compiler/${from} may import ${allowed.length === 0 ? "nothing" : allowed.join(", ")}`,
  severity: "error",
  from: { path: `^compiler/${from}/`, pathNot: "\\.test\\.ts$" },
  to: { path: "^(compiler|runtime|cli|bench|tests)/", pathNot: `^compiler/(${[from, ...allowed].join("|")})/` },
}));

const backends = ["iptables", "routes", "shaping", "bird"].map((name) => ({
  name: `backend-${name}-alone`,
  comment: "Back ends never import each other",
  severity: "error",
  from: { path: `^compiler/backends/${name}/`, pathNot: "\\.test\\.ts$" },
  to: { path: "^compiler/backends/[^/]+/", pathNot: `^compiler/backends/${name}/` },
}));

module.exports = {
  forbidden: [
    ...layers,
    ...backends,
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
    {
      name: "compiler-is-pure",
      comment: "The compiler does no I/O: no file, process, network, clock, environment",
      severity: "error",
      from: { path: "^compiler/", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?crypto$" },
    },
    {
      name: "compiler-entry",
      comment: "runtime/ and cli/ see the compiler through compiler/index.ts only",
      severity: "error",
      from: { path: "^(runtime|cli)/", pathNot: "\\.test\\.ts$" },
      to: { path: "^compiler/", pathNot: "^compiler/index\\.ts$" },
    },
    {
      name: "one-place-starts-processes",
      severity: "error",
      from: { path: "^(compiler|runtime|cli)/", pathNot: "^runtime/host/|\\.test\\.ts$" },
      to: { path: "(^execa$|node_modules/execa|^(node:)?child_process$)" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".mjs", ".cjs", ".json"], conditionNames: ["import", "node", "default"] },
  },
};
