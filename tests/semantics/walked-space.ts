import type { Condition } from "../../compiler/semantics/condition.ts";
import type { Journey } from "../../compiler/semantics/evaluator/evaluate.ts";
import { holds, type Membership } from "../../compiler/semantics/holds.ts";
import type { Packet } from "../../compiler/semantics/packet.ts";
import { type Diagram, outcomesOf, type Value } from "../../compiler/semantics/symbolic/diagram.ts";
import { LEVELS, Space, type View } from "../../compiler/semantics/symbolic/space.ts";
import { walk } from "../../compiler/semantics/symbolic/testing/walk.ts";

type MemberCondition = Extract<Condition, { kind: "member" }>;

/** A space that knows what its variables stand for, so that its diagrams can be walked with a packet. */
export class WalkedSpace extends Space {
  readonly #members = new Map<number, { readonly asked: MemberCondition; readonly view: View }>();
  readonly #parts = new Map<number, { readonly part: Diagram<unknown>; readonly sealed: Diagram<unknown> }>();

  override condition(condition: Condition, view: View): Diagram<boolean> {
    const made = super.condition(condition, view);
    if (condition.kind === "member") this.#members.set(made.level, { asked: condition, view });
    return made;
  }

  override seal<T>(diagram: Diagram<T>, isLate = false): Diagram<T> {
    const sealed = super.seal(diagram, isLate);
    if (!this.#parts.has(sealed.level)) this.#parts.set(sealed.level, { part: diagram, sealed });
    return sealed;
  }

  /** Where the packet ends on its journey. */
  follow<T>(diagram: Diagram<T>, packet: Packet, journey: Journey, isMember: Membership): T {
    const known = this.#valuesOf(packet, journey);
    const valueAt = (level: number): Value | undefined => {
      const found = known.get(level) ?? this.#member(level, packet, journey, isMember);
      if (found !== undefined) return found;
      const sealed = this.#parts.get(level);
      if (sealed === undefined) return undefined;
      const outcome = walk(sealed.part, valueAt);
      const value = outcomesOf(sealed.part).findIndex((_, i) => walk(sealed.sealed, () => i) === outcome);
      known.set(level, value);
      return value;
    };
    return walk(diagram, valueAt);
  }

  #member(level: number, packet: Packet, { translated }: Journey, isMember: Membership): number | undefined {
    const known = this.#members.get(level);
    if (known === undefined) return undefined;
    const { isBefore, destination } = known.view;
    const header = isBefore ? packet : translated;
    const asked = destination === undefined ? header : { ...header, destination };
    return holds(known.asked, asked, isMember) ? 1 : 0;
  }

  #valuesOf(packet: Packet, { route, translated, interfaces }: Journey): Map<number, Value> {
    const { protocol, source, sourcePort = 0, icmp, mark = 0 } = packet;
    const values = new Map<number, Value>([
      [LEVELS.protocol, protocol],
      [LEVELS.source, source.value],
      [LEVELS["source-port"], sourcePort],
      [LEVELS["destination-port"], translated.destinationPort ?? 0],
      [LEVELS["icmp-type"], icmp?.type ?? 0],
      [LEVELS["icmp-code"], icmp?.code ?? 0],
    ]);
    for (const [role, name] of Object.entries(interfaces)) {
      const index = this.interfaces.indexOf(name);
      if (index < 0) throw new Error(`${name} is none of the interfaces to tell apart`);
      values.set(LEVELS[role as keyof typeof interfaces], index);
    }
    // A route to a floating address fixes the destination, and asks for none.
    if (route.translation.kind !== "floating") values.set(LEVELS.destination, translated.destination.value);
    if (route.translation.kind === "others") {
      values.set(LEVELS["destination before"], packet.destination.value);
      values.set(LEVELS["destination-port before"], packet.destinationPort ?? 0);
    }
    for (let bit = 0; bit < 32; bit++) values.set(this.bitOfMark(bit).level, (mark >>> bit) & 1);
    return values;
  }
}
