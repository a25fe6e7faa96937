import type { KindDefinition } from "./kind.ts";
import { KUBERNETES_KINDS } from "./kubernetes/index.ts";
import { NETWORK_KINDS } from "./network/index.ts";
import { POLICY_KINDS } from "./policy/index.ts";

/** Every kind that the compiler reads. The order is that of listings, nothing else depends on it. */
export const KINDS: readonly KindDefinition[] = [...POLICY_KINDS, ...NETWORK_KINDS, ...KUBERNETES_KINDS];

/** Identifies a kind over all groups: `projectcalico.org/NetworkPolicy` is not `networking.k8s.io/NetworkPolicy`. */
export function kindId(definition: Pick<KindDefinition, "apiVersions" | "kind">): string {
  return `${groupOf(definition.apiVersions[0] ?? "")}/${definition.kind}`;
}

/** The group of an apiVersion: "" for the core group's `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? "" : apiVersion.slice(0, slash);
}

/** By kind, then by apiVersion: asked for every resource, hence without making a key. */
const BY_TYPE: ReadonlyMap<string, ReadonlyMap<string, KindDefinition>> = new Map(
  [...Map.groupBy(KINDS, ({ kind }) => kind)].map(([kind, namesakes]) => [
    kind,
    new Map(
      namesakes.flatMap((definition) => definition.apiVersions.map((version) => [version, definition])),
    ),
  ]),
);

/** The definition for exactly this apiVersion and kind. */
export function findKind(apiVersion: string, kind: string): KindDefinition | undefined {
  return BY_TYPE.get(kind)?.get(apiVersion);
}
