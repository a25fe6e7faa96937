import type { JsonObject } from "../../../../runtime/datastore/json.ts";
import type { ApiResource } from "./resources.ts";

const VERBS = ["create", "delete", "get", "list", "update", "watch"];

/** The answers to questions for what there is; `undefined` for other paths. */
export function discover(path: string, resources: readonly ApiResource[]): JsonObject | undefined {
  if (path === "/version") return { major: "1", minor: "33", gitVersion: "v1.33.0", platform: "linux/amd64" };
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"] };
  if (path === "/apis") return { kind: "APIGroupList", apiVersion: "v1", groups: groupsOf(resources) };
  const [, group = "", version] = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path) ?? [];
  const served = resources.filter((resource) => resource.group === group && resource.version === version);
  if (version === undefined || served.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: group === "" ? version : `${group}/${version}`,
    resources: served.map(({ plural, kind, namespaced }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced,
      kind,
      verbs: VERBS,
    })),
  };
}

function groupsOf(resources: readonly ApiResource[]): readonly JsonObject[] {
  const groups = new Map<string, string>();
  for (const { group, version } of resources) if (group !== "") groups.set(group, version);
  return [...groups].map(([name, version]) => {
    const served = { groupVersion: `${name}/${version}`, version };
    return { name, versions: [served], preferredVersion: served };
  });
}
