/** The compiler's public face: all that runtime/ and cli/ may use. */
export type { Artifact } from "./backends/backend.ts";
export { sameMeaning } from "./backends/bird/diff.ts";
export { type BirdSecret, birdBackend, birdSecrets } from "./backends/bird/index.ts";
export { printSecrets } from "./backends/bird/secrets.ts";
export { passwordSymbol } from "./backends/bird/symbols.ts";
export {
  type IptablesChange,
  type IptablesState,
  iptablesBackend,
  type KnownLines,
  noLines,
  parseIptables,
} from "./backends/iptables/index.ts";
export { ARP_TABLE, printIptables } from "./backends/iptables/print.ts";
export { printRule } from "./backends/iptables/print-rule.ts";
export { memberKey, printMember } from "./backends/iptables/set-members.ts";
export { usedSets } from "./backends/iptables/sets.ts";
export {
  formatAddress,
  formatFdb,
  formatLink,
  formatNeighbour,
  formatRoute,
  formatRule,
  formatSysctl,
} from "./backends/routes/format.ts";
export {
  answersIn,
  HOST_QUERIES,
  type HostQuery,
  readRouting,
  routesBackend,
  sysctlQuery,
} from "./backends/routes/index.ts";
export {
  DEFAULT_OWNERSHIP,
  isOurDevice,
  isOurRoute,
  ownedBeforeOrNow,
} from "./backends/routes/ownership.ts";
export {
  formatShaper,
  policerQueries,
  readShaping,
  type ShapingChange,
  shapingBackend,
} from "./backends/shaping/index.ts";
export {
  type Compilation,
  type CompileOptions,
  compile,
  type NodeCompilation,
  STAGES,
} from "./compile.ts";
export {
  type Connection,
  type Direction,
  deniedConnections,
  type Surrounding,
} from "./connections.ts";
export type { BgpOption, BirdConfig, BirdProtocol } from "./dataplane/bird.ts";
export { DEFAULT_FEATURES, type HostFeatures, parseFeatures } from "./dataplane/features.ts";
export type { KernelSet } from "./dataplane/ipset.ts";
export {
  type PeerState,
  type RoutingChange,
  type RoutingObject,
  type RoutingState,
  routingKey,
  routingObjects,
  sortRoutingState,
  standsOn,
  targetDevice,
  type WireguardLinkState,
} from "./dataplane/routing.ts";
export type { Shaper, ShapingState } from "./dataplane/shaping.ts";
export {
  KERNEL_CHAINS,
  XT_TABLES,
  type XtChain,
  type XtHook,
  type XtMatch,
  type XtRule,
  type XtTable,
} from "./dataplane/xtables.ts";
export type { Diagnostic, Severity } from "./diagnostics/diagnostic.ts";
export { renderGitHub, renderJUnit, renderSarif } from "./diagnostics/render/machine.ts";
export { type Painter, renderText } from "./diagnostics/render/text.ts";
export { crossingOf, explain, explainer, notCovered, traceCounterexample } from "./explain.ts";
export { type BgpIr, type BgpSession, isInternal } from "./ir/bgp-ir.ts";
export type { ClusterModel, Node } from "./ir/cluster-model.ts";
export { MemberList, type SetMember } from "./ir/member-list.ts";
export type { NodeIr } from "./ir/node-ir.ts";
export { printIr } from "./ir/print.ts";
export type { RoutingOwnership } from "./ir/routing-ir.ts";
export type { BundleCounts } from "./manifest/counts.ts";
export type { BundleOptions } from "./manifest/manifest.ts";
export { ownershipOfBundle } from "./manifest/ownership.ts";
export {
  addressAt,
  type Cidr,
  cidrContainsIp,
  cidrOf,
  cidrsOverlap,
  compareCidr,
  formatCidr,
  type Ip,
  parseCidr,
  sizeOf,
} from "./net/cidr.ts";
export { compareIp, formatIp, parseIp } from "./net/ip.ts";
export { protocolNumber } from "./net/protocols.ts";
export {
  changesOf,
  isChange,
  type PlaceDiff,
  type PlannedChange,
  type Reason,
  type Unchanged,
} from "./plan/change.ts";
export { diffDataplane, ruleCounts } from "./plan/diff.ts";
export { type Disturbance, disturbancesBetween } from "./plan/disturbances.ts";
export type { Becomes, FlowChange } from "./plan/flows/flow-diff.ts";
export { compareFlows, type NodeFlows, type NodeMeaning } from "./plan/flows/nodes.ts";
export type { FieldSet, PacketSet } from "./plan/flows/packet-set.ts";
export { findTableOrder, type TableOrder } from "./plan/order/table-order.ts";
export { type DataplaneState, hostDataplane, readDataplane } from "./plan/state.ts";
export {
  type Counts,
  type NodeChanges,
  type ResourceSummary,
  summarise,
  type Totals,
  totalsOf,
} from "./plan/summary.ts";
export { readDocuments, type WrittenDocument } from "./read.ts";
export { digestSources, type Sources } from "./resources/digest.ts";
export { OBJECT_META_FIELDS } from "./resources/metadata.ts";
export { findKind } from "./resources/registry.ts";
export {
  administratorsRoutes,
  diffRib,
  forwardingOf,
  type HostNetwork,
  predictRoutes,
  type Surroundings,
} from "./rib.ts";
export type { Explanation, NodeExplanation } from "./semantics/explain/explanation.ts";
export type { Payload } from "./semantics/explain/hop.ts";
export type { PacketWords } from "./semantics/explain/packet-words.ts";
export type { AskedTrace, PointTrace } from "./semantics/explain/point-trace.ts";
export type { StagedTrace } from "./semantics/explain/staged.ts";
export type { NodeTrace, RuleTrace } from "./semantics/explain/trace.ts";
export type { Place } from "./semantics/explain/words.ts";
export type { BestRoute, RibDiff, RouteChange, SessionChange, SpeakerDiff } from "./semantics/rib/diff.ts";
export type { ForeignRouter } from "./semantics/rib/foreign.ts";
export type { Forwarding, Journey } from "./semantics/rib/forwarding.ts";
export type { Outcome, Prediction } from "./semantics/rib/predict.ts";
export type { PrefixRoutes, RefusedRoute, Rib } from "./semantics/rib/rib.ts";
export type { RibRoute, RouteAttributes, Way } from "./semantics/rib/route.ts";
export type { SessionState } from "./semantics/rib/sessions.ts";
export type { Speaker as RibSpeaker } from "./semantics/rib/speaker.ts";
export { type TableName, UnreadableText } from "./semantics/simulator/program.ts";
export type { Proof } from "./semantics/verify/verify.ts";
export { splitChunks } from "./syntax/chunks.ts";
export { matchesSelector } from "./syntax/selector/match.ts";
export { parseSelector } from "./syntax/selector/parse.ts";
export type { SourceFile } from "./syntax/source.ts";
export { readYamlInteger, yamlFloatTag } from "./syntax/yaml-numbers.ts";
export { verifyFiles } from "./verify.ts";
