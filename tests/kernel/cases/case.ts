import type { SourceFile } from "../../../compiler/index.ts";
import { INVENTORY, NODE, SUBJECT_COUNT } from "./inventory.ts";
import { resource } from "./resource.ts";

/** One statement of a reference sheet, and packets that show it. */
export interface Case {
  /**
   * The section and what it says. `§4.4` is of the sheet on the iptables dataplane, `resources §1.3` of that on
   * resources.
   */
  readonly name: string;
  /** In the notation of `parseVerdicts`, written by hand from the sheet. */
  readonly verdicts: string;
}

/** Resources on top of the inventory, loaded at once, and the cases that they serve. */
export interface Revision {
  readonly title: string;
  readonly resources: readonly SourceFile[];
  readonly cases: readonly Case[];
  /** Type of a network device that the kernel must be able to make for it. */
  readonly needsDevice?: string;
}

/** A case with resources of its own, about the pod called `subject`; one revision serves several of them. */
export interface SubjectCase extends Case {
  readonly resources: string;
}

/** Several cases about the same resources. */
export function revision(
  title: string,
  resources: string,
  cases: Readonly<Record<string, string>>,
): Revision {
  return {
    title,
    resources: filesOf(resources),
    cases: Object.entries(cases).map(([name, verdicts]) => ({ name, verdicts })),
  };
}

/** A case whose subject is selected by these resources, `is == 'subject'`. */
export function about(name: string, resources: string, verdicts: string): SubjectCase {
  return { name, resources, verdicts };
}

/** A case whose subject has one policy, with these rules, towards it. */
export function ingress(name: string, rules: string, verdicts: string): SubjectCase {
  return about(name, policy("Ingress", rules), verdicts);
}

/** A case whose subject has one policy, with these rules, on what it sends. */
export function egress(name: string, rules: string, verdicts: string): SubjectCase {
  return about(name, policy("Egress", rules), verdicts);
}

function policy(type: "Ingress" | "Egress", rules: string): string {
  return gnp("subject", `types: [${type}], ${type.toLowerCase()}: [${rules}]`);
}

/** A GlobalNetworkPolicy for the subject, unless the fields of its `spec` begin with another selector. */
export function gnp(name: string, spec: string): string {
  const selector = spec.startsWith("selector:") ? "" : "selector: is == 'subject', ";
  return resource("GlobalNetworkPolicy", `name: ${name}`, `${selector}${spec}`);
}

/** A NetworkPolicy of the namespace `demo`, or of another. */
export function np(name: string, spec: string, namespace = "demo"): string {
  return resource("NetworkPolicy", `name: ${name}, namespace: ${namespace}`, spec);
}

/** The FelixConfiguration of every node. */
export function felix(spec: string): string {
  return resource("FelixConfiguration", "name: default", spec);
}

/** A host endpoint of the node under test, with the label `host: <name>`. */
export function hostEndpoint(name: string, spec: string): string {
  return resource("HostEndpoint", `name: ${name}, labels: { host: ${name} }`, `node: ${NODE}, ${spec}`);
}

/** A tier with these fields in its `spec`. */
export function tier(name: string, spec: string): string {
  return resource("Tier", `name: ${name}`, spec);
}

/** So many ports from the first on, as a list. */
export function ports(first: number, count: number, step = 1): string {
  return Array.from({ length: count }, (_, index) => first + index * step).join(", ");
}

/** Gives each case a pod of its own, so that as few revisions as possible serve them all. */
export function pack(title: string, cases: readonly SubjectCase[]): readonly Revision[] {
  const revisions: Revision[] = [];
  for (let first = 0; first < cases.length; first += SUBJECT_COUNT) {
    const own = cases.slice(first, first + SUBJECT_COUNT).map(({ name, resources, verdicts }, index) => {
      const named = (text: string) => text.replaceAll(/\bsubject\b(?!:)/g, `s${index}`);
      return { name, resources: named(resources), verdicts: named(verdicts) };
    });
    revisions.push({
      title: `${title}, ${first + 1} to ${first + own.length}`,
      resources: filesOf(own.map(({ resources }) => resources).join("")),
      cases: own,
    });
  }
  return revisions;
}

function filesOf(resources: string): readonly SourceFile[] {
  return [{ path: "case.yaml", text: INVENTORY + resources }];
}
