import type { Printer } from "./backend.ts";
import { birdBackend } from "./bird/index.ts";
import { createIptablesPrinter, type PrintCounters } from "./iptables/index.ts";
import { routesBackend } from "./routes/index.ts";
import { shapingBackend } from "./shaping/index.ts";

/**
 * Every back end, in the order in which their findings are reported. What several nodes have in common is rendered once
 * for all that are printed by the same printers, and of the node that was printed last only what has changed.
 *
 * @param counters are counted up
 */
export function createPrinters(counters?: PrintCounters): readonly Printer[] {
  return [
    createIptablesPrinter(counters),
    (ir, context) => routesBackend.print(routesBackend.emit(ir, context), ir.node),
    (ir, context) => shapingBackend.print(shapingBackend.emit(ir, context), ir.node),
    (ir, context) => birdBackend.print(birdBackend.emit(ir, context), ir.node),
  ];
}
