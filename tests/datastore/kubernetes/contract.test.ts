import { describeContract } from "../contract.ts";
import { standInHarness } from "./harness.ts";

describeContract(
  "kubernetes, custom resources of crd.projectcalico.org/v1",
  () => standInHarness("crd.projectcalico.org/v1"),
  300,
);

describeContract(
  "kubernetes, custom resources of projectcalico.org/v3",
  () => standInHarness("projectcalico.org/v3"),
  300,
  { corrupt: "the server itself reads these resources' metadata: nothing in it can be unreadable" },
);
