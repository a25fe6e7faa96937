import type { IptablesState } from "../../compiler/index.ts";
import { commitOrder } from "./commit-order.ts";

/** Names the tables of each IP version between whose commits packets may fare as neither policy has it. */
export function windowsBetween(live: IptablesState, target: IptablesState): readonly string[] {
  return commitOrder(live, target).windows;
}
