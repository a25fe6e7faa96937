import type { BgpChannel, BgpOption, BgpOptionKind, BgpProtocol, BgpTemplate, BirdConfig } from "./bird.ts";

/** What is in force for a session: its own settings, and below them those of its template. */

type OptionOf<K extends BgpOptionKind> = Extract<BgpOption, { kind: K }>;

export function templatesOf({ protocols }: BirdConfig): ReadonlyMap<string, BgpTemplate> {
  const templates = new Map<string, BgpTemplate>();
  for (const protocol of protocols)
    if (protocol.kind === "bgp-template") templates.set(protocol.name, protocol);
  return templates;
}

export function optionOf<K extends BgpOptionKind>(
  kind: K,
  session: BgpProtocol,
  template: BgpTemplate | undefined,
): OptionOf<K> | undefined {
  return find(kind, session.options) ?? (template && find(kind, template.options));
}

function find<K extends BgpOptionKind>(kind: K, options: readonly BgpOption[]): OptionOf<K> | undefined {
  for (const option of options) if (isKind(kind, option)) return option;
  return undefined;
}

function isKind<K extends BgpOptionKind>(kind: K, option: BgpOption): option is OptionOf<K> {
  return option.kind === kind;
}

export function channelOf({ channel }: BgpProtocol, template: BgpTemplate | undefined): BgpChannel {
  return {
    ...channel,
    gatewayRecursive: channel.gatewayRecursive || (template?.channel.gatewayRecursive ?? false),
    addPaths: channel.addPaths || (template?.channel.addPaths ?? false),
    nextHop: channel.nextHop ?? template?.channel.nextHop,
  };
}
