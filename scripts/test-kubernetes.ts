// `npm run test:kubernetes`: the datastores' contract on the Kubernetes cluster that KUBECONFIG names, which must hold
// no network sets and no pools of Calico. It gets the custom resource definitions that it lacks.
import { spawnSync } from "node:child_process";

const { KUBECONFIG } = process.env;
if (KUBECONFIG === undefined || KUBECONFIG === "") {
  console.error("set KUBECONFIG to that of an empty cluster: its Calico resources are written and deleted");
  process.exitCode = 1;
} else {
  const { status } = spawnSync("vitest", ["run", "tests/datastore/kubernetes/cluster.test.ts"], {
    stdio: "inherit",
    env: { ...process.env, CALICO_TEST_KUBECONFIG: KUBECONFIG },
  });
  process.exitCode = status ?? 1;
}
