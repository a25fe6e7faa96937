import type { Namespace } from "../../tests/kernel/namespace.ts";
import { compileBird } from "./compile.ts";
import { Daemon } from "./daemon.ts";
import { blockCidr, mesh, meshAddress } from "./resources.ts";

/** What one node of a mesh goes through; milliseconds, memory in MB. */
export interface Convergence {
  readonly routes: number;
  readonly compile: number;
  /** Until BIRD answers with its file read. */
  readonly load: number;
  /** Until all routes of all nodes are in the kernel. */
  readonly converged: number;
  /** Resident, before and after the routes. */
  readonly empty: number;
  readonly full: number;
}

/** A neighbour that announces its blocks to the measured node, and speaks with nobody else. */
function neighbour(index: number, blocksEach: number): string {
  const routes = Array.from(
    { length: blocksEach },
    (_, of) => `  route ${blockCidr(index * blocksEach + of)} blackhole;`,
  );
  return `router id ${meshAddress(index)};
protocol device { scan time 60; }
protocol static { ipv4;
${routes.join("\n")}
}
protocol bgp node_0 {
  local ${meshAddress(index)} as 64512;
  strict bind;
  neighbor ${meshAddress(0)} as 64512;
  direct;
  connect delay time 1;
  ipv4 { import none; export all; };
}
`;
}

/** The measured node's own `bird.conf` of a mesh, with one BIRD for each other node on the other end of a link. */
export async function converge(
  spaces: { readonly node: Namespace; readonly others: Namespace },
  directory: string,
  nodes: number,
  blocksEach: number,
): Promise<Convergence> {
  const { node, others } = spaces;
  await node.run("ip", ["link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", others.name]);
  await node.run("ip", ["addr", "add", `${meshAddress(0)}/16`, "dev", "eth0"]);
  const indexes = Array.from({ length: nodes - 1 }, (_, index) => index + 1);
  const addresses = indexes.map((index) => `addr add ${meshAddress(index)}/16 dev eth0\n`).join("");
  await others.run("ip", ["-batch", "-"], addresses);
  for (const space of [node, others]) await space.run("ip", ["link", "set", "eth0", "up"]);

  const { text, decode, engine, print } = compileBird(mesh(nodes, blocksEach));
  const daemons: Daemon[] = [];
  try {
    for (const index of indexes)
      daemons.push(await Daemon.start(others.name, directory, `n${index}`, neighbour(index, blocksEach)));
    for (const daemon of daemons)
      await daemon.until("show status", (answer) => answer.includes("up and running"));
    const start = performance.now();
    const own = await Daemon.start(node.name, directory, "own", text);
    daemons.push(own);
    await own.until("show status", (answer) => answer.includes("Last reconfiguration"));
    const load = performance.now() - start;
    const empty = await own.memory();
    const wanted = (nodes - 1) * blocksEach;
    const established = (answer: string): boolean =>
      (answer.match(/Established/g)?.length ?? 0) === nodes - 1;
    await own.until("show protocols", established);
    for (;;) {
      const routes = await node.run("ip", ["route", "show", "proto", "bird"]);
      const remote = routes.split("\n").filter((route) => route.includes(" via ")).length;
      if (remote === wanted) break;
      if (performance.now() - start > 120_000) throw new Error(`${remote} of ${wanted} routes arrived`);
    }
    const converged = performance.now() - start;
    return {
      routes: wanted,
      compile: decode + engine + print,
      load,
      converged,
      empty,
      full: await own.memory(),
    };
  } finally {
    for (const daemon of daemons) await daemon.stop();
  }
}
