import {
  formatAddress,
  formatFdb,
  formatLink,
  formatNeighbour,
  formatRoute,
  formatRule,
  formatSysctl,
  type RoutingChange,
} from "../../compiler/index.ts";

/** Which tool takes a line: `ip -batch`, `ip -6 -batch`, `bridge -batch`, `sysctl -p`. */
export type RoutingTool = "ip" | "ip6" | "bridge" | "sysctl";

export interface RoutingLine {
  readonly tool: RoutingTool;
  readonly text: string;
}

/** The lines that make one change. WireGuard's peers have no line: its devices are not made here. */
export function routingLines({ op, object }: RoutingChange): readonly RoutingLine[] {
  const line = (tool: RoutingTool, ...texts: readonly string[]): readonly RoutingLine[] =>
    texts.map((text) => ({ tool, text }));
  switch (object.kind) {
    case "link": {
      const { name } = object.value;
      const lines = formatLink(object.value);
      if (op === "delete") return line("ip", `link del ${name}`);
      if (op === "recreate") return line("ip", `link del ${name}`, ...lines);
      return line("ip", ...(op === "replace" ? lines.filter((text) => text.startsWith("link set")) : lines));
    }
    case "address": {
      const text = formatAddress(object.value);
      return line("ip", op === "delete" ? deletion(text, / (scope link|nodad)/g) : text);
    }
    case "neighbour": {
      const text = formatNeighbour(object.value);
      return line("ip", op === "delete" ? deletion(text, / (lladdr \S+|nud permanent)/g) : text);
    }
    case "fdb": {
      const text = formatFdb(object.value);
      return line("bridge", op === "delete" ? deletion(text, / permanent/g) : text);
    }
    case "rule": {
      const text = formatRule(object.value);
      return line(
        object.value.version === 4 ? "ip" : "ip6",
        op === "delete" ? text.replace("rule add", "rule del") : text,
      );
    }
    case "route": {
      const text = formatRoute(object.value);
      return line("ip", op === "delete" ? deletion(text, / (mtu \S+|onlink|src \S+)/g) : text);
    }
    case "sysctl":
      return op === "delete" ? [] : line("sysctl", formatSysctl(object.value));
    case "peer":
      return [];
  }
}

/** To delete an object it is enough to say which it is; more would have to be right in every detail. */
function deletion(text: string, details: RegExp): string {
  return text.replace(" replace ", " del ").replaceAll(details, "");
}
