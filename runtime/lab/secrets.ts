import { generateKeyPairSync, randomBytes } from "node:crypto";
import { type BirdSecret, birdSecrets, type Compilation, passwordSymbol } from "../../compiler/index.ts";
import type { Invented, LabDirectory, WireguardKey } from "./directory.ts";
import type { SessionPassword } from "./plan.ts";

const WIREGUARD_KEY = /^[A-Za-z0-9+/]{43}=$/;

/** `<namespace>/<name>/<key>`. */
export function nameOfSecret({ namespace, name, key }: BirdSecret["ref"]): string {
  return `${namespace}/${name}/${key}`;
}

export function sessionPassword(ref: BirdSecret["ref"] | undefined): SessionPassword | undefined {
  return ref && { secret: nameOfSecret(ref), symbol: passwordSymbol(ref) };
}

/** What the resources refer to and do not tell: passwords, and halves of keys. What was made up once stays. */
export async function inventFor(directory: LabDirectory, { nodes, model }: Compilation): Promise<Invented> {
  const known = await directory.readInvented();
  const secrets = nodes.flatMap(({ ir }) => birdSecrets(ir.bgp).map(({ ref }) => nameOfSecret(ref)));
  const published = [...model.all("node").values()].flatMap(({ wireguard }) =>
    [wireguard.publicKey4 ?? "", wireguard.publicKey6 ?? ""].filter((key) => WIREGUARD_KEY.test(key)),
  );
  const invented = {
    passwords: { ...inventEach(secrets, () => randomBytes(12).toString("hex")), ...known.passwords },
    keys: { ...inventEach(published, inventKey), ...known.keys },
  };
  await directory.writeInvented(invented);
  return invented;
}

function inventEach<T>(names: readonly string[], invent: () => T): Readonly<Record<string, T>> {
  return Object.fromEntries(names.map((name) => [name, invent()]));
}

function inventKey(): WireguardKey {
  const { d = "", x = "" } = generateKeyPairSync("x25519").privateKey.export({ format: "jwk" });
  const base64 = (text: string) => Buffer.from(text, "base64url").toString("base64");
  return { privateKey: base64(d), publicKey: base64(x) };
}
