import type { XtRuleset } from "../../dataplane/xtables.ts";
import type { NodeIr } from "../../ir/node-ir.ts";
import { IP_VERSIONS, type IpVersion } from "../../net/cidr.ts";
import type { EmitContext } from "../backend.ts";
import { arpGuard } from "./arp-guard.ts";
import type { FamilyContext } from "./context.ts";
import { endpointMarksFit } from "./endpoint-marks.ts";
import { filterTable } from "./filter-table.ts";
import { withSafeInterfaces } from "./interface-names.ts";
import { mangleTable } from "./mangle-table.ts";
import { allocateMarks } from "./marks.ts";
import { natTable } from "./nat-table.ts";
import { PolicyLibrary } from "./policy-library.ts";
import { rawTable } from "./raw-table.ts";
import { lowerSets } from "./sets.ts";
import { SharedParts } from "./shared-parts.ts";
import { EMPTY_STATE, type IptablesState } from "./state.ts";
import { checkNat, checkRules, checkSets } from "./supports.ts";
import { assembleTable } from "./table-program.ts";
import { withExpressiblePorts } from "./unsupported-ports.ts";

/** The node's IR as rules and sets of the kernel. What the host cannot do is reported, never left out silently. */
export function emitIptables(
  given: NodeIr,
  { features, report }: EmitContext,
  shared = new SharedParts(),
): IptablesState {
  const ir = withExpressiblePorts(withSafeInterfaces(given, report), report);
  const { settings, encapsulation } = ir;
  const marks = allocateMarks(settings, encapsulation.wireguard4 || encapsulation.wireguard6, report);
  if (marks === undefined || !endpointMarksFit(ir, marks, report)) return EMPTY_STATE;
  const rulesets = IP_VERSIONS.filter(
    (version) => version === 4 || (settings.ipv6Support && features.ipv6),
  ).map((version) => {
    const programs = shared.programs({ version, settings: given.settings, marks });
    const workloadChains = shared.workloads(given.node, programs);
    return emitFamily({ version, ir, settings, marks, features, programs, workloadChains });
  });
  const state = { rulesets, ipSets: lowerSets(ir, rulesets, shared), arpGuard: arpGuard(ir) };
  for (const { version } of rulesets) checkNat(ir, version, features, report);
  checkRules(ir, rulesets, features, report);
  checkSets(state.ipSets, features, report);
  return state;
}

function emitFamily(context: FamilyContext): XtRuleset {
  const { version, features } = context;
  const programs = [
    rawTable(context),
    mangleTable(context),
    ...(hasNat(features.nat, version) ? [natTable(context)] : []),
    filterTable(context),
  ];
  const library = new PolicyLibrary(context);
  return { version, tables: programs.map((program) => assembleTable(program, library, version)) };
}

function hasNat(families: readonly IpVersion[], version: IpVersion): boolean {
  return families.includes(version);
}
