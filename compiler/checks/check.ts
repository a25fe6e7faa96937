import type { Report } from "../diagnostics/bag.ts";
import type { RoutingOptions } from "../engine/routing/context.ts";
import type { ClusterModel } from "../ir/cluster-model.ts";

/** A rule over more than one resource. It reads the model, reports, and decides nothing. `hosts`: see `CompileOptions`. */
export type Check = (model: ClusterModel, report: Report, hosts: RoutingOptions) => void;
