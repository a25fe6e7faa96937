import type { HostRequest } from "../apply/this-host.ts";
import type { SourceRequest } from "../verify/inputs.ts";

export interface PlanRequest extends HostRequest, SourceRequest {
  readonly against?: string;
  readonly node?: readonly string[];
  readonly features?: string;
  readonly interfacePrefix?: string;
  readonly full?: boolean;
  readonly detailedExitcode?: boolean;
  readonly out?: string;
  readonly output: "text" | "json";
}
