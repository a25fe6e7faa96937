import { UserError } from "../../output/errors.ts";

/** Calico's words. */
export function demandRoot(): void {
  if (process.getuid?.() !== 0) throw new UserError("Need super user privileges: Operation not permitted");
}
