import {
  type Configuration,
  changeConfiguration,
  contradiction,
} from "../../../runtime/ipam/configuration.ts";
import { withDatastore } from "../../datastore/open.ts";
import type { DatastoreRequest } from "../../datastore/options.ts";
import { UserError } from "../../output/errors.ts";
import { demandValid } from "../../resources/checked.ts";

export interface ConfigureRequest extends DatastoreRequest {
  readonly strictaffinity?: string;
  readonly maxBlocksPerHost?: string;
  readonly kubevirtIpPersistence?: string;
  readonly ipCooldownSeconds: string;
}

/** Flags and messages: the sheet "IPAM commands". */
export async function configure(request: ConfigureRequest): Promise<void> {
  const change = changeOf(request);
  if (Object.keys(change).length === 0)
    throw new UserError("at least one configuration option must be specified");
  await withDatastore(request.config, ({ datastore }) =>
    changeConfiguration(datastore, change, (configuration, resource) => {
      demandValid(resource);
      const reason = contradiction(configuration);
      if (reason !== undefined) throw new UserError(`error: ${reason}`);
    }),
  );
  for (const [field, value] of Object.entries(change))
    process.stdout.write(`Successfully set ${NAMES[field as keyof Configuration]} to: ${value}\n`);
}

const NAMES: Readonly<Record<keyof Configuration, string>> = {
  strictAffinity: "StrictAffinity",
  autoAllocateBlocks: "AutoAllocateBlocks",
  maxBlocksPerHost: "MaxBlocksPerHost",
  kubeVirtVMAddressPersistence: "KubeVirtVMAddressPersistence",
  ipCooldownSeconds: "IPCooldownSeconds",
};

function changeOf(request: ConfigureRequest): Partial<Configuration> {
  const { strictaffinity, maxBlocksPerHost, kubevirtIpPersistence, ipCooldownSeconds } = request;
  return {
    ...(strictaffinity === undefined ? {} : { strictAffinity: booleanIn(strictaffinity) }),
    ...(maxBlocksPerHost === undefined
      ? {}
      : {
          maxBlocksPerHost: numberIn(maxBlocksPerHost, "invalid value for maxblockhost. Use a valid number"),
        }),
    ...(kubevirtIpPersistence === undefined
      ? {}
      : { kubeVirtVMAddressPersistence: persistenceIn(kubevirtIpPersistence) }),
    ...(ipCooldownSeconds === "-1"
      ? {}
      : {
          ipCooldownSeconds: numberIn(
            ipCooldownSeconds,
            "invalid value for --ip-cooldown-seconds. Use a valid number",
          ),
        }),
  };
}

/** Go's `strconv.ParseBool`. */
function booleanIn(text: string): boolean {
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return true;
  if (/^(0|f|F|false|FALSE|False)$/.test(text)) return false;
  throw new UserError("invalid value. Use true or false to set strictaffinity");
}

function numberIn(text: string, otherwise: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UserError(otherwise);
  return Number(text);
}

function persistenceIn(text: string): string {
  if (text === "Enabled" || text === "Disabled") return text;
  throw new UserError("invalid value for --kubevirt-ip-persistence. Use Enabled or Disabled");
}
