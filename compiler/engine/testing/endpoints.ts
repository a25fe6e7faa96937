import fc from "fast-check";
import * as make from "../../ir/testing/objects.ts";
import {
  address,
  labels,
  NAMESPACES,
  namespace,
  nets,
  nodeName,
  PROTOCOLS,
  portName,
  ports,
  profiles,
  smallNumber,
} from "./words.ts";

const floatingIp = fc
  .record({ internal: smallNumber, external: smallNumber })
  .map(({ internal, external }) => ({
    internal: make.ip(`10.0.0.${internal}`),
    external: make.ip(`192.0.2.${external}`),
  }));

export const workload = fc
  .tuple(
    nodeName,
    namespace,
    fc.constantFrom("p1", "p2", "p3"),
    fc.record({
      interfaceName: fc.constantFrom("cali1", "cali2", "cali3", ""),
      labels,
      profiles,
      addresses: fc.array(address.map(make.cidr), { maxLength: 2 }),
      ports,
      floatingIps: fc.array(floatingIp, { maxLength: 2 }),
      allowedSpoofSources: fc.oneof(fc.constant([]), nets),
      qos: fc.constantFrom({ ingress: {}, egress: {} }, { ingress: {}, egress: {}, dscp: 10 }),
    }),
  )
  .map(([node, ns, name, given]) => make.pod(node, `${ns}/${name}`, given));

export const hostEndpoint = fc
  .tuple(
    fc.constantFrom("h1", "h2", "h3"),
    nodeName,
    fc.record({
      interfaceName: fc.constantFrom("eth0", "eth1", "*", "", "cali9"),
      expectedIps: fc.array(address.map(make.ip), { maxLength: 2 }),
      labels,
      profiles,
      ports,
      dscp: fc.constantFrom(undefined, 20),
    }),
  )
  .map(([name, node, given]) => make.hostEndpoint(node, name, given));

export const networkSet = fc
  .tuple(
    fc.constantFrom("s1", "s2"),
    fc.record({ namespace: fc.constantFrom("", ...NAMESPACES), labels, profiles, nets }),
  )
  .map(([name, given]) => make.networkSet(name, given));

export const serviceSlice = fc
  .tuple(
    namespace,
    fc.constantFrom("e1", "e2"),
    fc.record({
      service: fc.constantFrom("web", "api"),
      endpoints: fc.array(
        fc.record({
          addresses: fc.array(address.map(make.ip), { maxLength: 2 }),
          ready: fc.boolean(),
          node: fc.option(nodeName, { nil: undefined }),
        }),
        { maxLength: 2 },
      ),
      ports: fc.array(
        fc.record({
          name: portName,
          protocol: fc.constantFrom(...PROTOCOLS),
          port: fc.constantFrom(undefined, 80),
        }),
        { maxLength: 2 },
      ),
    }),
  )
  .map(([ns, name, given]) => make.slice(ns, name, given));

export const abstractEndpoint = fc
  .tuple(namespace, fc.constantFrom("d1", "d2"), fc.record({ labels, profiles, ports }))
  .map(([ns, name, given]) => make.abstractEndpoint(ns, name, given));
