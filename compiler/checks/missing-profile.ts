import type { Origin } from "../diagnostics/diagnostic.ts";
import type { ClusterModel } from "../ir/cluster-model.ts";
import type { Check } from "./check.ts";

interface User {
  readonly endpoint: string;
  readonly origin: Origin;
}

/** One finding for each profile, at the first endpoint that names it: a missing Namespace concerns many pods. */
export const missingProfile: Check = (model, report) => {
  const profiles = model.all("profile");
  const missing = new Map<string, User[]>();
  for (const { user, names } of endpoints(model))
    for (const name of names) {
      if (profiles.has(name)) continue;
      const users = missing.get(name);
      if (users === undefined) missing.set(name, [user]);
      else users.push(user);
    }
  for (const [profile, users] of [...missing].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [first, ...others] = users.sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
    if (first !== undefined)
      report(
        "check/missing-profile",
        { endpoint: first.endpoint, profile, others: others.length },
        first.origin,
      );
  }
};

function* endpoints(
  model: ClusterModel,
): Iterable<{ readonly user: User; readonly names: readonly string[] }> {
  for (const { workload, profiles, origin } of model.all("workload-endpoint").values())
    yield { user: { endpoint: `Workload ${workload}`, origin }, names: profiles };
  for (const { name, profiles, origin } of model.all("host-endpoint").values())
    yield { user: { endpoint: `HostEndpoint ${name}`, origin }, names: profiles };
}
