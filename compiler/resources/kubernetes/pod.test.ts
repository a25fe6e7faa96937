import { describe, expect, test } from "vitest";
import { formatCidr } from "../../net/cidr.ts";
import { lowered, readResource } from "../network/testing/read.ts";
import { podInterfaceName } from "./pod.ts";

const METADATA = { name: "nginx", namespace: "default" };

interface PodParts {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

function podDocument({ metadata = {}, spec = {}, status = {} }: PodParts) {
  return {
    apiVersion: "v1",
    metadata: { ...METADATA, ...metadata },
    spec: { nodeName: "node-1", ...spec },
    status,
  };
}

/** The endpoint of a pod that has nothing wrong with it. */
function endpointOf(parts: PodParts) {
  const object = lowered("Pod", podDocument(parts));
  if (object.kind !== "workload-endpoint") throw new Error(`a ${object.kind}`);
  return object;
}

const addressesOf = (parts: PodParts) => endpointOf(parts).addresses.map(formatCidr);

describe("the endpoint", () => {
  test("is the pod's end of a veth pair on its node", () => {
    expect(endpointOf({ spec: { serviceAccountName: "web" } })).toMatchObject({
      key: "node-1/k8s/default/nginx/eth0",
      source: "inventory",
      node: "node-1",
      orchestrator: "k8s",
      namespace: "default",
      workload: "default/nginx",
      endpoint: "eth0",
      interfaceName: "calic440f455693",
      profiles: ["kns.default", "ksa.default.web"],
    });
  });

  test("the interface has the configured prefix, and depends on namespace and name", () => {
    expect(podInterfaceName("cali", "default", "nginx")).toBe("calic440f455693");
    expect(podInterfaceName("eni", "default", "nginx")).toBe("enic440f455693");
    expect(podInterfaceName("cali", "prod", "nginx")).not.toBe("calic440f455693");
  });

  test("the older name of the service account's field counts where the newer is empty, as on a server", () => {
    expect(endpointOf({ spec: { serviceAccount: "web" } }).profiles).toEqual([
      "kns.default",
      "ksa.default.web",
    ]);
    expect(endpointOf({ spec: { serviceAccount: "a", serviceAccountName: "b" } }).profiles[1]).toBe(
      "ksa.default.b",
    );
  });

  test("without a service account there is no profile and no label of one", () => {
    const { profiles, labels } = endpointOf({});
    expect(profiles).toEqual(["kns.default"]);
    expect(labels).toEqual({
      "projectcalico.org/namespace": "default",
      "projectcalico.org/orchestrator": "k8s",
    });
  });

  test("labels of Calico win over the pod's, and inherited ones cannot be forged", () => {
    const labels = {
      app: "web",
      "pcns.team": "red",
      "pcsa.role": "admin",
      "projectcalico.org/namespace": "kube-system",
      "projectcalico.org/orchestrator": "none",
      "projectcalico.org/serviceaccount": "root",
    };
    const longName = "a".repeat(70);
    expect(endpointOf({ metadata: { labels }, spec: { serviceAccountName: longName } }).labels).toEqual({
      app: "web",
      "projectcalico.org/namespace": "default",
      "projectcalico.org/orchestrator": "k8s",
      "projectcalico.org/serviceaccount": longName,
    });
  });

  test("a pod in the host's network has none", () => {
    const { objects, findings } = readResource("Pod", podDocument({ spec: { hostNetwork: true } }));
    expect({ objects, findings }).toEqual({ objects: [], findings: [] });
  });

  test("a pod without node is a workload without addresses", () => {
    const pod = podDocument({ spec: { nodeName: "" }, status: { podIP: "10.0.0.1" } });
    expect(lowered("Pod", pod)).toMatchObject({
      kind: "abstract-endpoint",
      key: "Pod/default/nginx",
      serviceAccount: "default",
    });
  });

  test("a node that is no name is refused, since it becomes part of keys", () => {
    const { objects, findings } = readResource("Pod", podDocument({ spec: { nodeName: "a/b" } }));
    expect(findings).toEqual(["kubernetes/invalid-value spec.nodeName"]);
    expect(objects).toEqual([]);
  });
});

describe("addresses", () => {
  const annotations = {
    "cni.projectcalico.org/podIPs": "10.0.0.3/32, fd00::3/128",
    "cni.projectcalico.org/podIP": "10.0.0.4/32",
    "vpc.amazonaws.com/pod-ips": "10.0.0.5",
  };
  const { "cni.projectcalico.org/podIPs": _, ...withoutIps } = annotations;
  const { "cni.projectcalico.org/podIP": __, ...onlyAws } = withoutIps;

  test.each([
    [
      "status.podIPs",
      {
        status: { podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }], podIP: "10.0.0.2" },
        metadata: { annotations },
      },
      ["10.0.0.1/32", "fd00::1/128"],
    ],
    [
      "status.podIP",
      { status: { podIPs: [{}], podIP: "10.0.0.2" }, metadata: { annotations } },
      ["10.0.0.2/32"],
    ],
    ["annotation podIPs", { metadata: { annotations } }, ["10.0.0.3/32", "fd00::3/128"]],
    ["annotation podIP", { metadata: { annotations: withoutIps } }, ["10.0.0.4/32"]],
    ["annotation of AWS", { metadata: { annotations: onlyAws } }, ["10.0.0.5/32"]],
    ["none", {}, []],
  ])("%s", (_source, parts, expected) => {
    expect(addressesOf(parts)).toEqual(expected);
  });

  test("a text that is no address is reported where it stands, and the others stay", () => {
    const pod = podDocument({ status: { podIPs: [{ ip: "10.0.0.256" }, { ip: "10.0.0.1" }] } });
    const { findings, objects } = readResource("Pod", pod);
    expect(findings).toEqual(["kubernetes/invalid-value status.podIPs.0.ip"]);
    expect(objects).toMatchObject([{ addresses: [{ version: 4, length: 32 }] }]);
  });

  const deletionTimestamp = "2025-01-01T00:00:00Z";
  const status = { podIP: "10.0.0.1" };

  test.each(["Failed", "Succeeded", "Completed"])("a pod that has %s has given them back", (phase) => {
    expect(addressesOf({ status: { ...status, phase } })).toEqual([]);
  });

  test.each(["Running", "Pending", "Unknown"])("a pod that is %s keeps them", (phase) => {
    expect(addressesOf({ status: { ...status, phase } })).toEqual(["10.0.0.1/32"]);
  });

  test.each(["cni.projectcalico.org/podIP", "vpc.amazonaws.com/pod-ips"])(
    "a deleted pod has given them back when %s is empty",
    (key) => {
      const annotations = { [key]: "" };
      expect(addressesOf({ metadata: { deletionTimestamp, annotations }, status })).toEqual([]);
      expect(addressesOf({ metadata: { annotations }, status })).toEqual(["10.0.0.1/32"]);
    },
  );

  test("a deletion timestamp alone does not count", () => {
    expect(addressesOf({ metadata: { deletionTimestamp }, status })).toEqual(["10.0.0.1/32"]);
  });
});

test("ports that rules can name: containers, then init containers", () => {
  const spec = {
    containers: [
      {
        name: "web",
        image: "web:1",
        ports: [
          { name: "http", containerPort: 80 },
          { name: "dns", containerPort: 53, protocol: "UDP" },
          { containerPort: 81, hostPort: 8081 },
          { name: "nothing", containerPort: 0 },
          { name: "ping", containerPort: 7, protocol: "ICMP" },
        ],
      },
    ],
    initContainers: [{ ports: [{ name: "sig", containerPort: 2905, protocol: "SCTP" }] }],
  };
  expect(endpointOf({ spec }).ports).toEqual([
    { name: "http", protocol: 6, port: 80 },
    { name: "dns", protocol: 17, port: 53 },
    { name: "sig", protocol: 132, port: 2905 },
  ]);
});
