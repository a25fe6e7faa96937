import {
  NAMESPACE_LABEL,
  NAMESPACE_LABEL_PREFIX,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_LABEL_PREFIX,
} from "../syntax/selector/fold.ts";

type Labels = Readonly<Record<string, string>>;

const ORCHESTRATOR_LABEL = "projectcalico.org/orchestrator";

/**
 * The labels of a workload: its own, and those by which selectors find its namespace and service account. What it
 * inherits from them it cannot claim for itself.
 *
 * @param serviceAccount "" = none
 */
export function endpointLabels(
  own: Labels,
  namespace: string,
  orchestrator: string,
  serviceAccount: string,
): Labels {
  const given: Record<string, string> = {
    ...(claimsInherited(own) ? withoutInherited(own) : own),
    [NAMESPACE_LABEL]: namespace,
    [ORCHESTRATOR_LABEL]: orchestrator,
  };
  if (serviceAccount !== "") given[SERVICE_ACCOUNT_LABEL] = serviceAccount;
  return given;
}

function claimsInherited(labels: Labels): boolean {
  for (const key in labels) if (isInherited(key)) return true;
  return false;
}

function isInherited(key: string): boolean {
  return key.startsWith(NAMESPACE_LABEL_PREFIX) || key.startsWith(SERVICE_ACCOUNT_LABEL_PREFIX);
}

function withoutInherited(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !isInherited(key)));
}
