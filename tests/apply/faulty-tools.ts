import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * What a tool does instead of its work. `fail`: nothing, and says so. `half`: the first half of its input, or its work
 * whole where there is no input, and then it fails. `garbage`: nothing, and prints what it never prints, as a success.
 * `hang`: nothing, until it is killed.
 */
export const TOOL_FAULTS = ["fail", "half", "garbage", "hang"] as const;
export type ToolFault = (typeof TOOL_FAULTS)[number];

const TOOLS = [
  ...["iptables-nft-restore", "iptables-legacy-restore", "ip6tables-nft-restore", "ip6tables-legacy-restore"],
  ...["iptables-nft-save", "iptables-legacy-save", "ip6tables-nft-save", "ip6tables-legacy-save"],
  ...["ipset", "ip", "bridge", "tc", "sysctl", "nft", "bird", "birdc"],
];

/** `calls` gets a line for each call: the tool, and its number among the calls of that tool. */
const WRAPPER = `#!/bin/sh
here=$(dirname "$0")
tool=$(basename "$0")
PATH=$(echo "$PATH" | sed "s#$here:##g")
# To enter a namespace is how we get to a tool, not what a tool does.
if [ "$tool" = ip ] && [ "$1" = netns ]; then
  shift 3
  exec setpriv --pdeathsig KILL nsenter "--net=/run/netns/$NETNS_OF_TOOLS" "$here/$@"
fi
number=$(flock "$here/lock" sh -c 'n=$(grep -c "^$1 " "$2/calls"); echo "$1 $n" >> "$2/calls"; echo "$n"' sh "$tool" "$here")
fault=$(cat "$here/fault" 2>/dev/null)
case "$fault" in
"fail $tool $number") echo "injected failure" >&2; exit 1 ;;
"garbage $tool $number") echo "*** stack smashing detected ***"; exit 0 ;;
"hang $tool $number") exec sleep 300 ;;
"half $tool $number")
  case "$tool $*" in
  *-restore* | *" -batch"* | "ipset restore"* | "nft -f"*)
    cat > "$here/input"
    head -n $(($(wc -l < "$here/input") / 2)) "$here/input" | "$tool" "$@" >/dev/null 2>&1 ;;
  *) "$tool" "$@" >/dev/null 2>&1 ;;
  esac
  echo "injected failure half way" >&2
  exit 1 ;;
esac
exec "$tool" "$@"
`;

/** A directory that stands before all others in `PATH`, with tools that fail when they are told to. */
export class FaultyTools {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(directory: string): Promise<FaultyTools> {
    await mkdir(directory);
    for (const tool of TOOLS) {
      await writeFile(join(directory, tool), WRAPPER);
      await chmod(join(directory, tool), 0o755);
    }
    const made = new FaultyTools(directory);
    await made.set(undefined);
    return made;
  }

  /** From now on, counted from none: `number` is that among the calls of the tool. */
  async set(fault: { readonly kind: ToolFault; readonly tool: string; readonly number: number } | undefined) {
    const text = fault === undefined ? "" : `${fault.kind} ${fault.tool} ${fault.number}\n`;
    await writeFile(join(this.directory, "fault"), text);
    await writeFile(join(this.directory, "calls"), "");
  }

  /** How often each tool was called since the last `set`. */
  async calls(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const line of (await readFile(join(this.directory, "calls"), "utf8")).trim().split("\n")) {
      const [tool = ""] = line.split(" ");
      counts.set(tool, (counts.get(tool) ?? 0) + 1);
    }
    return counts;
  }
}
