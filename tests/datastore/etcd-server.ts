import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Why tests against etcd cannot run here, or `undefined`. */
export function missingForEtcdTests(tools: readonly string[] = ["etcd"]): string | undefined {
  const directories = [...(process.env.PATH ?? "").split(":"), "/usr/local/bin", "/usr/bin"];
  const absent = tools.filter((tool) => !directories.some((directory) => existsSync(join(directory, tool))));
  return absent.length === 0 ? undefined : `needs ${absent.join(", ")}`;
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** One etcd on loopback with a data directory of its own. */
export class EtcdServer {
  readonly #directory: string;
  readonly endpoint: string;
  readonly #arguments: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(directory: string, endpoint: string, more: readonly string[]) {
    this.#directory = directory;
    this.endpoint = endpoint;
    this.#arguments = more;
  }

  /** `more`: further arguments, which may override all but the data directory and the client URLs. */
  static async start(more: readonly string[] = [], scheme = "http"): Promise<EtcdServer> {
    const directory = await mkdtemp(join(tmpdir(), "calico-etcd-"));
    const endpoint = `${scheme}://127.0.0.1:${await freePort()}`;
    const peer = `http://127.0.0.1:${await freePort()}`;
    const alone = [
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
    ];
    const server = new EtcdServer(
      directory,
      endpoint,
      more.length > 0 && scheme === "http" ? more : [...alone, ...more],
    );
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const child = spawn(
      "etcd",
      [
        `--data-dir=${this.#directory}`,
        `--listen-client-urls=${this.endpoint}`,
        `--advertise-client-urls=${this.endpoint}`,
        "--logger=zap",
        "--log-level=error",
        ...this.#arguments,
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    this.#process = child;
    let log = "";
    child.stderr?.on("data", (text: Buffer) => {
      log += text.toString();
    });
    const port = Number(new URL(this.endpoint).port);
    for (let tries = 0; tries < 200; tries++) {
      if (child.exitCode !== null) throw new Error(`etcd ended: ${log}`);
      if (await isOpen(port)) return;
      await delay(50);
    }
    await this.stop();
    throw new Error(`etcd does not answer: ${log}`);
  }

  /** Ends it at once, as a crash would. */
  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function isOpen(port: number): Promise<boolean> {
  const { connect } = await import("node:net");
  const socket = connect({ host: "127.0.0.1", port });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Runs a tool to its end and returns what it printed; throws with its errors. */
export function run(
  tool: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const { status, stdout, stderr } = spawnSync(tool, args, {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${tool} ${args.join(" ")}: ${stderr}`);
  return stdout;
}
