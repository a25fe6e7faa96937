import type { NodeIr } from "../ir/node-ir.ts";
import type { Artifact, EmitContext } from "./backend.ts";
import { birdBackend } from "./bird/index.ts";
import { iptablesBackend } from "./iptables/index.ts";
import { routesBackend } from "./routes/index.ts";
import { shapingBackend } from "./shaping/index.ts";

/** A back end with its model hidden: IR in, files out. */
export type Printer = (ir: NodeIr, context: EmitContext) => readonly Artifact[];

/** Every back end, in the order in which their findings are reported. */
export const PRINTERS: readonly Printer[] = [
  (ir, context) => iptablesBackend.print(iptablesBackend.emit(ir, context), ir.node),
  (ir, context) => routesBackend.print(routesBackend.emit(ir, context), ir.node),
  (ir, context) => shapingBackend.print(shapingBackend.emit(ir, context), ir.node),
  (ir, context) => birdBackend.print(birdBackend.emit(ir, context), ir.node),
];
