import { afterAll, describe, test } from "vitest";
import { describeContract } from "../contract.ts";
import { TestCluster } from "./cluster.ts";

/** Set by `npm run test:kubernetes`, so that other test runs never touch the cluster that somebody works with. */
const KUBECONFIG = process.env.CALICO_TEST_KUBECONFIG;
const UNTOUCHED = "nothing of the kind can be done to a cluster from outside";

if (KUBECONFIG === undefined)
  describe.skip("datastore contract: a Kubernetes cluster", () => {
    test("needs KUBECONFIG=<an empty cluster> npm run test:kubernetes", () => undefined);
  });
else {
  const cluster = TestCluster.open(KUBECONFIG);
  cluster.catch(() => undefined);
  afterAll(async () => (await cluster).close());
  describeContract("a Kubernetes cluster", async () => (await cluster).harness(), 100, {
    corrupt: UNTOUCHED,
    forget: UNTOUCHED,
    stop: UNTOUCHED,
  });
}
