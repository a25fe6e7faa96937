/** A resource as text, one document. */
export type Document = string;

export const OWN_NODE = "node-0";

function resource(kind: string, name: string, spec: object): Document {
  return JSON.stringify({ apiVersion: "projectcalico.org/v3", kind, metadata: { name }, spec });
}

const POOL = resource("IPPool", "pods", { cidr: "10.64.0.0/10", blockSize: 26 });

/** The `index`-th block of the pool, of up to 65,536. */
export function blockCidr(index: number): string {
  return `10.${64 + (index >> 10)}.${(index >> 2) & 255}.${(index & 3) * 64}/26`;
}

function block(index: number, node: string): Document {
  const spec = { cidr: blockCidr(index), node, state: "confirmed", type: "host" };
  return resource("BlockAffinity", `${node}-${index}`, spec);
}

/** One node with as many peers of its own as blocks; `changed`: the first peer's AS is another one. */
export function manyPeers(count: number, changed = false): readonly Document[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  return [
    resource("BGPConfiguration", "default", { asNumber: 64512, nodeToNodeMeshEnabled: false }),
    POOL,
    resource("Node", OWN_NODE, { bgp: { ipv4Address: "172.16.0.1/32" } }),
    ...numbers.map((index) =>
      resource("BGPPeer", `peer-${index}`, {
        node: OWN_NODE,
        peerIP: `172.${20 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
        asNumber: changed && index === 0 ? 64999 : 65000 + (index % 100),
      }),
    ),
    ...numbers.map((index) => block(index, OWN_NODE)),
  ];
}

export function meshAddress(index: number): string {
  return `172.16.${index >> 8}.${(index & 255) + (index < 256 ? 1 : 0)}`;
}

/** A mesh of nodes with as many blocks each. */
export function mesh(nodes: number, blocksEach: number): readonly Document[] {
  const names = Array.from({ length: nodes }, (_, index) => `node-${index}`);
  return [
    resource("BGPConfiguration", "default", { asNumber: 64512 }),
    POOL,
    ...names.map((name, index) =>
      resource("Node", name, { bgp: { ipv4Address: `${meshAddress(index)}/16` } }),
    ),
    ...names.flatMap((name, index) =>
      Array.from({ length: blocksEach }, (_, of) => block(index * blocksEach + of, name)),
    ),
  ];
}
