import type { TargetRequest } from "../../input/compile-options.ts";
import type { SourceRequest } from "../../input/sources.ts";
import type { HostRequest } from "../apply/this-host.ts";

export interface PlanRequest extends HostRequest, SourceRequest, TargetRequest {
  readonly against?: string;
  readonly node?: readonly string[];
  readonly full?: boolean;
  readonly detailedExitcode?: boolean;
  readonly out?: string;
  readonly output: "text" | "json";
}
