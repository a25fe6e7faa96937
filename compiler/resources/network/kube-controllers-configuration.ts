import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import { defineKind, type Resource } from "../kind.ts";
import { RESOURCE_NAME } from "../names.ts";
import { enumOf, stringMap, strings } from "../schema.ts";
import { isGoRegex } from "./go-regex.ts";
import { CALICO_API_VERSIONS, checkCidr, checkDuration, checkSelector, checkSingleton } from "./values.ts";

const SWITCH = enumOf(["Enabled", "Disabled"]);
const RECONCILER = Type.Object({ reconcilerPeriod: Type.Optional(Type.String()) });
const TEMPLATE = Type.Object({
  generateName: Type.Optional(Type.String(RESOURCE_NAME)),
  interfaceCIDRs: Type.Optional(strings()),
  interfacePattern: Type.Optional(Type.String()),
  labels: Type.Optional(stringMap()),
  annotations: Type.Optional(stringMap()),
  nodeSelector: Type.Optional(Type.String()),
});
type Template = Static<typeof TEMPLATE>;

/** Sheet "KubeControllersConfiguration". */
const kubeControllersSchema = Type.Object({
  spec: Type.Object({
    logSeverityScreen: Type.Optional(enumOf(["None", "Debug", "Info", "Warning", "Error", "Fatal", "Panic"])),
    healthChecks: Type.Optional(SWITCH),
    etcdV3CompactionPeriod: Type.Optional(Type.String()),
    prometheusMetricsPort: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535 })),
    debugProfilePort: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535 })),
    controllers: Type.Object({
      node: Type.Optional(
        Type.Object({
          reconcilerPeriod: Type.Optional(Type.String()),
          syncLabels: Type.Optional(SWITCH),
          leakGracePeriod: Type.Optional(Type.String()),
          hostEndpoint: Type.Optional(
            Type.Object({
              autoCreate: Type.Optional(SWITCH),
              createDefaultHostEndpoint: Type.Optional(SWITCH),
              templates: Type.Optional(Type.Array(TEMPLATE)),
            }),
          ),
        }),
      ),
      policy: Type.Optional(RECONCILER),
      workloadEndpoint: Type.Optional(RECONCILER),
      serviceAccount: Type.Optional(RECONCILER),
      namespace: Type.Optional(RECONCILER),
      loadBalancer: Type.Optional(
        Type.Object({ assignIPs: Type.Optional(enumOf(["AllServices", "RequestedServicesOnly"])) }),
      ),
      migration: Type.Optional(Type.Object({ policyNameMigrator: Type.Optional(SWITCH) })),
    }),
  }),
});
type KubeControllersBody = Static<typeof kubeControllersSchema>;

const RECONCILED = ["node", "policy", "workloadEndpoint", "serviceAccount", "namespace"] as const;

function validate(resource: Resource<KubeControllersBody>, report: Report): void {
  checkSingleton(resource, "Kube Controllers Configuration", report);
  const { spec } = resource.body;
  const here = at(resource.origin, "spec");
  checkDuration(spec.etcdV3CompactionPeriod, at(here, "etcdV3CompactionPeriod"), report);
  for (const name of RECONCILED)
    checkDuration(
      spec.controllers[name]?.reconcilerPeriod,
      at(here, "controllers", name, "reconcilerPeriod"),
      report,
    );
  const node = at(here, "controllers", "node");
  checkDuration(spec.controllers.node?.leakGracePeriod, at(node, "leakGracePeriod"), report);
  const templates = spec.controllers.node?.hostEndpoint?.templates ?? [];
  const names = new Set<string>();
  for (const [index, template] of templates.entries()) {
    validateTemplate(template, names, at(node, "hostEndpoint", "templates", index), report);
    names.add(template.generateName ?? "");
  }
}

function validateTemplate(
  template: Template,
  taken: ReadonlySet<string>,
  here: Origin,
  report: Report,
): void {
  const problem = nameProblem(template.generateName ?? "", taken);
  if (problem !== undefined) report("controllers/template-name", { problem }, at(here, "generateName"));
  const { interfaceCIDRs = [], interfacePattern = "" } = template;
  if (interfaceCIDRs.length === 0 && interfacePattern === "")
    report("controllers/template-interfaces", {}, here);
  for (const [index, cidr] of interfaceCIDRs.entries())
    checkCidr(cidr, { bare: true }, at(here, "interfaceCIDRs", index), report);
  if (!isGoRegex(interfacePattern))
    report("controllers/invalid-pattern", { pattern: interfacePattern }, at(here, "interfacePattern"));
  checkSelector(template.nodeSelector, at(here, "nodeSelector"), report);
}

function nameProblem(name: string, taken: ReadonlySet<string>): string | undefined {
  if (name === "") return "Template name must be specified";
  if (name.length > 253) return "Template name must be shorter than 253 characters";
  return taken.has(name) ? "Template name must be unique" : undefined;
}

/** Options of the controllers in the cluster; host endpoints that they create reach the compiler as resources. */
export const kubeControllersConfiguration = defineKind<KubeControllersBody>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "KubeControllersConfiguration",
  plural: "kubecontrollersconfigurations",
  aliases: ["kcc", "kccs", "kubecontrollersconfig"],
  scope: "cluster",
  source: "policy",
  schema: kubeControllersSchema,
  validate,
  lower: () => [],
});
