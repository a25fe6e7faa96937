import type { Artifact } from "../backends/backend.ts";
import type { RoutingOwnership } from "../ir/routing-ir.ts";
import { MANIFEST_PATH } from "./manifest.ts";

type Shape = { readonly [K in keyof RoutingOwnership]: (value: unknown) => boolean };

const isFlag = (value: unknown): boolean => typeof value === "boolean";
const isTexts = (value: unknown): boolean => isListOf(value, (item) => typeof item === "string");
/** A prefix that is empty would claim every interface of the host. */
const isNames = (value: unknown): boolean =>
  isListOf(value, (item) => typeof item === "string" && item !== "");
const isNumbers = (value: unknown): boolean =>
  isListOf(value, (item) => typeof item === "number" && Number.isInteger(item) && item >= 0);

const SHAPE: Shape = {
  interfacePrefixes: isNames,
  interfaceExclude: isTexts,
  removeExternalRoutes: isFlag,
  workloadProtocols: isNumbers,
  bgpPeerInterfaces: isTexts,
  exclusiveProtocols: isNumbers,
  devices: isNames,
  exclusiveDevices: isNames,
  birdRoutesOnIpip: isFlag,
  tables: isNumbers,
  rulePriorities: isNumbers,
};

/**
 * What the bundle's manifest says is ours on the node; `undefined` = there is no manifest. Throws for a manifest that
 * does not say it: what is ours must never be guessed, as the rest is somebody else's.
 */
export function ownershipOfBundle(artifacts: readonly Artifact[]): RoutingOwnership | undefined {
  const manifest = artifacts.find(({ path }) => path === MANIFEST_PATH);
  if (manifest === undefined) return undefined;
  const value: unknown = JSON.parse(manifest.text);
  const ownership = isObject(value) ? value.ownership : undefined;
  if (!isOwnership(ownership))
    throw new Error(
      `${MANIFEST_PATH} does not say which routes and devices of the host are ours ('ownership'); compile the bundle again`,
    );
  return ownership;
}

function isOwnership(value: unknown): value is RoutingOwnership {
  return isObject(value) && Object.entries(SHAPE).every(([key, isRight]) => isRight(value[key]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}
