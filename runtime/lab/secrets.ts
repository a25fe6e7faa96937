import { type BirdSecret, passwordSymbol } from "../../compiler/index.ts";
import type { SessionPassword } from "./plan.ts";

/** `<namespace>/<name>/<key>`. */
export function nameOfSecret({ namespace, name, key }: BirdSecret["ref"]): string {
  return `${namespace}/${name}/${key}`;
}

export function sessionPassword(ref: BirdSecret["ref"] | undefined): SessionPassword | undefined {
  return ref && { secret: nameOfSecret(ref), symbol: passwordSymbol(ref) };
}
