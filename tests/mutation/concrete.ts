import { formatIp } from "../../compiler/net/ip.ts";
import type { Simulation } from "../../compiler/semantics/simulator/run.ts";
import type { Counterexample } from "../../compiler/semantics/verify/verify.ts";
import type { PacketChoice } from "./choose-packets.ts";
import type { Mutant } from "./mutant.ts";
import { Files, type Resources } from "./readings.ts";
import type { Subject } from "./subject.ts";

/**
 * What is wrong with a counterexample, if anything: the resources and the mutant's files have to judge its packet
 * differently when they are run on it step by step, and as it says.
 */
export function faultOf(
  subject: Subject,
  resources: Resources,
  mutant: Mutant,
  { packet, resourcesSay, textSays }: Counterexample,
): string | undefined {
  const run = new Files(subject, resources, mutant).runAsRouted(packet);
  if (resourcesSay === "elsewhere" || textSays === "elsewhere") {
    // Not the verdict differs, but whether others can redirect the packet.
    const unchanged = new Files(subject, resources).runAsRouted(packet);
    return wayOf(run) === wayOf(unchanged) ? "the packet takes the same way with and without it" : undefined;
  }
  const [wanted, got] = [resources.allows(packet), run.allowed].map((allowed) =>
    allowed ? "allow" : "deny",
  );
  if (wanted === resourcesSay && got === textSays) return undefined;
  return `said ${resourcesSay} against ${textSays}, but it is ${wanted} against ${got}`;
}

/** The tables that a packet comes to, whether connections are looked up for it, and where it is redirected to. */
function wayOf({ visits }: Simulation): string {
  return visits
    .map(({ hook, table, in: arrivesBy, out, steps }) => {
      const turns = steps.flatMap(({ rule: { target } }) =>
        target.kind === "notrack" ? "untracked" : target.kind === "dnat" ? formatIp(target.to) : [],
      );
      return [hook, table, arrivesBy, out, ...turns].join(" ");
    })
    .join(", ");
}

/** Packets with which a mutant does something else than the unchanged files, of those that meet what it changes. */
export function changedBy(
  mutant: Mutant,
  choice: PacketChoice,
  unchanged: Files,
  changed: Files,
): ReturnType<PacketChoice["for"]> {
  return choice.for(mutant).filter((packet) => unchanged.run(packet).allowed !== changed.run(packet).allowed);
}
