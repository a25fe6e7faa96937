import type { BirdSecret } from "../../compiler/index.ts";

/** `<namespace>/<name>/<key>`. */
export function nameOfSecret({ namespace, name, key }: BirdSecret["ref"]): string {
  return `${namespace}/${name}/${key}`;
}
