import { type TSchema, Type } from "@sinclair/typebox";
import { DATAPLANE_PARAMETERS } from "./dataplane.ts";
import { EBPF_PARAMETERS } from "./ebpf.ts";
import { OVERLAY_PARAMETERS } from "./overlay.ts";
import type { Parameter, ValueOf, YamlOf } from "./parameter.ts";
import { PROCESS_PARAMETERS } from "./process.ts";

/** Every parameter that a FelixConfiguration may set, by field name (sheet "FelixConfiguration parameters"). */
const PARAMETERS = {
  ...PROCESS_PARAMETERS,
  ...DATAPLANE_PARAMETERS,
  ...OVERLAY_PARAMETERS,
  ...EBPF_PARAMETERS,
} as const;

export type ParameterName = keyof typeof PARAMETERS;

/** The parameters of a resource as they stand in its spec. */
export type ParameterSpec = { readonly [Name in ParameterName]?: YamlOf<(typeof PARAMETERS)[Name]> };

/** The parameters of a resource by what they mean. A key that is absent is unset. */
export type ParameterValues = { readonly [Name in ParameterName]?: ValueOf<(typeof PARAMETERS)[Name]> };

/** The parameters without their types, for code that treats all alike. */
export const PARAMETER_LIST: readonly (readonly [ParameterName, Parameter<never>])[] = Object.entries(
  PARAMETERS,
) as [ParameterName, Parameter<never>][];

/** Annotations name parameters in any case, as Felix's configuration file does. */
export const BY_CONFIG_NAME: ReadonlyMap<string, readonly [ParameterName, Parameter<never>]> = new Map(
  PARAMETER_LIST.map((entry) => [entry[1].configName.toLowerCase(), entry]),
);

/** Optional properties of the spec's schema. */
export const PARAMETER_SCHEMAS: Readonly<Record<string, TSchema>> = Object.fromEntries(
  PARAMETER_LIST.map(([name, { schema }]) => [name, Type.Optional(schema)]),
);
