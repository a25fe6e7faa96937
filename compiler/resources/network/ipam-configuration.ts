import { type Static, Type } from "@sinclair/typebox";
import { defineKind, type KindDefinition } from "../kind.ts";
import { enumOf } from "../schema.ts";
import { checkSingleton } from "./values.ts";

/** Options of the allocator, sheet "IPAMConfiguration"; the older kind allows more blocks. */
function schemaWith(maxBlocksPerHost: number) {
  return Type.Object({
    spec: Type.Object({
      strictAffinity: Type.Optional(Type.Boolean()),
      autoAllocateBlocks: Type.Optional(Type.Boolean()),
      maxBlocksPerHost: Type.Optional(Type.Integer({ minimum: 0, maximum: maxBlocksPerHost })),
      kubeVirtVMAddressPersistence: Type.Optional(enumOf(["Enabled", "Disabled"])),
      ipCooldownSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 1200 })),
    }),
  });
}
type IpamConfigurationBody = Static<ReturnType<typeof schemaWith>>;

function defineIpamKind(
  names: Pick<KindDefinition, "apiVersions" | "kind" | "plural" | "aliases">,
  maxBlocksPerHost: number,
): KindDefinition {
  return defineKind<IpamConfigurationBody>({
    ...names,
    scope: "cluster",
    source: "policy",
    schema: schemaWith(maxBlocksPerHost),
    validate: (resource, report) => checkSingleton(resource, "IPAMConfiguration", report),
    lower: () => [],
  });
}

export const ipamConfiguration = defineIpamKind(
  {
    apiVersions: ["projectcalico.org/v3"],
    kind: "IPAMConfiguration",
    plural: "ipamconfigurations",
    aliases: ["ipamconfig", "ipamconfigs"],
  },
  1_000_000,
);

/** The name of the same thing among the older custom resources. */
export const ipamConfig = defineIpamKind(
  { apiVersions: ["crd.projectcalico.org/v1"], kind: "IPAMConfig", plural: "ipamconfigs", aliases: [] },
  2_147_483_647,
);
