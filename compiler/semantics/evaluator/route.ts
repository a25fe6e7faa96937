import type { Ip, IpVersion } from "../../net/cidr.ts";
import type { Condition } from "../condition.ts";
import type { ConnectionState } from "../packet.ts";
import type { Program } from "./program.ts";
import type { EnforcementPoint } from "./verdict.ts";

/** What decides which way packets take through the host; what remains open is their interfaces and headers. */
export interface Route {
  readonly version: IpVersion;
  readonly kind: RouteKind;
  readonly connection: ConnectionState;
  readonly translation: Translation;
}

export type RouteKind =
  /** Comes in by an interface, and is for a process of the host. */
  | "to-host"
  /** Comes in by an interface and leaves by one. */
  | "forwarded"
  /** A process of the host sends it, and it leaves by an interface. */
  | "sent"
  /** A process of the host sends it to one of the host. */
  | "sent-to-itself";

/** `firstLeavesBy`: where the host's routes led a packet of its own before its destination was translated. */
export type InterfaceRole = "arrivesBy" | "leavesBy" | "firstLeavesBy";

/** What becomes of the destination on the way: others (kube-proxy) redirect it, or it is a floating address. */
export type Translation =
  | { readonly kind: "none" }
  | { readonly kind: "others" }
  | { readonly kind: "floating"; readonly external: Ip; readonly internal: Ip };

/** The enforcement points that packets of a route meet, as far as earlier ones let them. */
export type Path =
  | { readonly kind: "end" }
  /** Packets of such a header do not take this route. */
  | { readonly kind: "elsewhere" }
  | {
      readonly kind: "fork";
      readonly when: Condition;
      readonly sees: Sees;
      readonly yes: Path;
      readonly no: Path;
    }
  /** Goes on in a way of its own for each interface. */
  | {
      readonly kind: "by-interface";
      readonly role: InterfaceRole;
      readonly of: (interfaceName: string) => Path;
    }
  | {
      readonly kind: "point";
      readonly point: EnforcementPoint;
      readonly endpoint: string | undefined;
      readonly program: Program;
      readonly sees: Sees;
      readonly allowed: Path;
      readonly continued: Path;
    };

/** The header before or after the translation of the destination. */
export type Sees = "original" | "translated";
