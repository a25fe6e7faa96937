import type { BirdConfig } from "../../dataplane/bird.ts";
import { printConstant, printGlobals, printProtocol } from "./print.ts";
import { printRoutine } from "./print-filter.ts";

/** One statement at the top level of a `bird.conf`. */
export interface BirdItem {
  /** `protocol bgp Mesh_172_30_0_12`, `filter from_kernel`; unique within a file. */
  readonly name: string;
  /** What stands above it; "" = nothing. */
  readonly comment: string;
  /** As printed, but without any comment: comments are no difference. */
  readonly lines: readonly string[];
}

/** Every statement of the file, in its order. */
export function birdItems(config: BirdConfig): readonly BirdItem[] {
  const { constants, routines, protocols, include } = withoutComments(config);
  const globals = [...printGlobals(config), ...(include === undefined ? [] : [`include "${include}";`])];
  return [
    { name: "options", comment: "", lines: globals },
    ...constants.map((constant) => ({
      name: `define ${constant.name}`,
      comment: "",
      lines: printConstant(constant),
    })),
    ...routines.map((routine, i) => ({
      name: `${routine.kind} ${routine.name}`,
      comment: config.routines[i]?.comment ?? "",
      lines: printRoutine(routine),
    })),
    ...protocols.map((protocol, i) => ({
      name: `${protocol.kind === "bgp-template" ? "template bgp" : `protocol ${protocol.kind}`} ${protocol.name}`,
      comment: config.protocols[i]?.comment ?? "",
      lines: printProtocol(protocol),
    })),
  ];
}

/** The same plain data, whatever depth its comments stood at. */
function withoutComments<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutComments) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "comment")
      .map(([key, part]) => [key, withoutComments(part)]),
  ) as T;
}
