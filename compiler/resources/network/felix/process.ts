import { healthTimeouts } from "./structured.ts";
import { bool, duration, int, oneOf, oneOfAnyCase, port, regex, text } from "./types.ts";

const SEVERITIES = ["Trace", "Debug", "Info", "Warning", "Error", "Fatal"] as const;
const HOST = { pattern: "^[a-zA-Z0-9:._+-]{1,64}$", title: "a host name or address" } as const;

/** Logging, health, metrics, debugging and reports of the agent's process; of these only logs of packets matter. */
export const PROCESS_PARAMETERS = {
  featureDetectOverride: text("FeatureDetectOverride", {
    pattern: "^([a-zA-Z0-9_-]+=(true|false)?(,|$))*$",
    title: "a list of name=true and name=false",
  }),
  featureGates: text("FeatureGates", {
    pattern: "^[a-zA-Z0-9_-]+=[^=]+(,[a-zA-Z0-9_-]+=[^=]+)*,?$",
    title: "a list of name=value",
  }),
  goGCThreshold: int("GoGCThreshold", { min: -1 }),
  goMaxProcs: int("GoMaxProcs", { min: -1 }),
  goMemoryLimitMB: int("GoMemoryLimitMB", { min: -1 }),

  healthEnabled: bool("HealthEnabled"),
  healthHost: text("HealthHost", HOST),
  healthPort: port("HealthPort"),
  healthTimeoutOverrides: healthTimeouts("HealthTimeoutOverrides"),

  logActionRateLimit: text("LogActionRateLimit", {
    pattern: "^[1-9]\\d{0,3}/(second|minute|hour|day)$",
    title: "a rate such as 10/second, with second, minute, hour or day",
  }),
  logActionRateLimitBurst: int("LogActionRateLimitBurst", { min: 0, max: 9999 }),
  logDebugFilenameRegex: regex("LogDebugFilenameRegex"),
  logFilePath: text("LogFilePath"),
  logPrefix: text("LogPrefix", {
    pattern: "^[a-zA-Z0-9%: /_-]*$",
    title: "letters, digits, blanks and %:/_-",
  }),
  logSeverityFile: oneOfAnyCase("LogSeverityFile", SEVERITIES),
  logSeverityScreen: oneOfAnyCase("LogSeverityScreen", SEVERITIES),
  logSeveritySys: oneOfAnyCase("LogSeveritySys", SEVERITIES),

  prometheusGoMetricsEnabled: bool("PrometheusGoMetricsEnabled"),
  prometheusMetricsCAFile: text("PrometheusMetricsCAFile"),
  prometheusMetricsCertFile: text("PrometheusMetricsCertFile"),
  prometheusMetricsClientAuth: oneOf("PrometheusMetricsClientAuth", [
    "RequireAndVerifyClientCert",
    "RequireAnyClientCert",
    "VerifyClientCertIfGiven",
    "NoClientCert",
  ]),
  prometheusMetricsEnabled: bool("PrometheusMetricsEnabled"),
  prometheusMetricsHost: text("PrometheusMetricsHost", HOST),
  prometheusMetricsKeyFile: text("PrometheusMetricsKeyFile"),
  prometheusMetricsPort: port("PrometheusMetricsPort"),
  prometheusProcessMetricsEnabled: bool("PrometheusProcessMetricsEnabled"),
  prometheusWireGuardMetricsEnabled: bool("PrometheusWireGuardMetricsEnabled"),

  debugDisableLogDropping: bool("DebugDisableLogDropping"),
  debugHost: text("DebugHost", HOST),
  debugMemoryProfilePath: text("DebugMemoryProfilePath"),
  debugPort: port("DebugPort"),
  debugSimulateCalcGraphHangAfter: duration("DebugSimulateCalcGraphHangAfter"),
  debugSimulateDataplaneApplyDelay: duration("DebugSimulateDataplaneApplyDelay"),
  debugSimulateDataplaneHangAfter: duration("DebugSimulateDataplaneHangAfter"),

  endpointReportingDelay: duration("EndpointReportingDelaySecs"),
  endpointReportingEnabled: bool("EndpointReportingEnabled"),
  metadataAddr: text("MetadataAddr", { pattern: "^[a-zA-Z0-9_.-]+$", title: "a host name or address" }),
  metadataPort: port("MetadataPort"),
  openstackRegion: text("OpenstackRegion", {
    // Together with its prefix "openstack-region-" it is a DNS label of at most 63 characters.
    pattern: "^[a-z0-9]([a-z0-9-]{0,44}[a-z0-9])?$",
    title: "a valid DNS label of at most 46 characters",
  }),
  reportingInterval: duration("ReportingIntervalSecs"),
  reportingTTL: duration("ReportingTTLSecs"),

  flowLogsCollectorDebugTrace: bool("FlowLogsCollectorDebugTrace"),
  flowLogsFlushInterval: duration("FlowLogsFlushInterval"),
  flowLogsGoldmaneServer: text("FlowLogsGoldmaneServer"),
  flowLogsLocalReporter: oneOf("FlowLogsLocalReporter", ["Enabled", "Disabled"]),
  flowLogsPolicyEvaluationMode: oneOf("FlowLogsPolicyEvaluationMode", ["None", "Continuous"]),

  awsSrcDstCheck: oneOf("AWSSrcDstCheck", ["DoNothing", "Enable", "Disable"]),
  usageReportingEnabled: bool("UsageReportingEnabled"),
  usageReportingInitialDelay: duration("UsageReportingInitialDelaySecs"),
  usageReportingInterval: duration("UsageReportingIntervalSecs"),
  windowsManageFirewallRules: oneOf("WindowsManageFirewallRules", ["Enabled", "Disabled"]),
} as const;
