import type { Printer } from "./backend.ts";
import { birdBackend } from "./bird/index.ts";
import { createIptablesPrinter } from "./iptables/index.ts";
import { routesBackend } from "./routes/index.ts";
import { shapingBackend } from "./shaping/index.ts";

/**
 * Every back end, in the order in which their findings are reported. What several nodes have in common is rendered once
 * for all that are printed by the same printers.
 */
export function createPrinters(): readonly Printer[] {
  return [
    createIptablesPrinter(),
    (ir, context) => routesBackend.print(routesBackend.emit(ir, context), ir.node),
    (ir, context) => shapingBackend.print(shapingBackend.emit(ir, context), ir.node),
    (ir, context) => birdBackend.print(birdBackend.emit(ir, context), ir.node),
  ];
}
