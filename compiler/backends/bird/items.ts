import type { BirdConfig } from "../../dataplane/bird.ts";
import { printConstant, printGlobals, printProtocol } from "./print.ts";
import { printRoutine } from "./print-filter.ts";

/** One statement at the top level of a `bird.conf`. */
export interface BirdItem {
  /** `protocol bgp Mesh_172_30_0_12`, `filter from_kernel`; unique within a file. */
  readonly name: string;
  /** What stands above it; "" = nothing. */
  readonly comment: string;
  readonly lines: readonly BirdLine[];
}

export interface BirdLine {
  /** Without its comment, which is no difference. */
  readonly text: string;
  /** What stands at its end; "" = nothing. */
  readonly comment: string;
}

/** Every statement of the file, in its order. */
export function birdItems(config: BirdConfig): readonly BirdItem[] {
  const include = config.include === undefined ? [] : [`include "${config.include}";`];
  const constants = config.constants.map((constant) =>
    item(`define ${constant.name}`, "", constant, printConstant),
  );
  const routines = config.routines.map((routine) =>
    item(`${routine.kind} ${routine.name}`, routine.comment, routine, printRoutine),
  );
  const protocols = config.protocols.map((protocol) => {
    const what = protocol.kind === "bgp-template" ? "template bgp" : `protocol ${protocol.kind}`;
    return item(`${what} ${protocol.name}`, protocol.comment, protocol, printProtocol);
  });
  const globals = [...printGlobals(config).split("\n"), ...include].map((text) => ({ text, comment: "" }));
  return [{ name: "options", comment: "", lines: globals }, ...constants, ...routines, ...protocols];
}

/** Printed twice, with comments and without: a comment at the end of a line is what the two differ in. */
function item<T extends object>(
  name: string,
  comment: string | undefined,
  value: T,
  print: (value: T) => string,
): BirdItem {
  const bare = print(withoutComments(value)).split("\n");
  const noted = print(value).split("\n");
  return {
    name,
    comment: comment ?? "",
    lines: bare.map((text, i) => ({
      text,
      comment: (noted[i] ?? text).slice(text.length).replace(/^ # /, ""),
    })),
  };
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
