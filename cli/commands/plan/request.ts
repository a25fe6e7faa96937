import type { HostRequest } from "../apply/this-host.ts";

export interface PlanRequest extends HostRequest {
  readonly filename: readonly string[];
  readonly against?: string;
  readonly node?: readonly string[];
  readonly inventory?: string;
  readonly features?: string;
  readonly interfacePrefix?: string;
  readonly full?: boolean;
  readonly detailedExitcode?: boolean;
  readonly out?: string;
  readonly output: "text" | "json";
}
