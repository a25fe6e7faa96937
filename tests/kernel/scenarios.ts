/** A node of a fixture, the world around it, and what must get through. */
export interface Scenario {
  readonly fixture: string;
  readonly node: string;
  /** Of the node's `eth0`, with prefix length. */
  readonly hostAddresses: readonly string[];
  /** Everything beyond `eth0`; the first of each family is the gateway. */
  readonly outsideAddresses: readonly string[];
  readonly verdicts: readonly Verdict[];
}

export interface Verdict {
  readonly from: string;
  readonly to: string;
  readonly source: string;
  readonly address: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly port: number;
  readonly allowed: boolean;
  /** The line it was written as. */
  readonly says: string;
}

/**
 * Verdicts as lines: `frontend-0 > backend-0 tcp/9000 allow`. A name stands for its namespace and addresses; for
 * anything else beyond `eth0` the address itself is written. `.6` behind a name picks its IPv6 address.
 */
function verdicts(
  places: Readonly<Record<string, readonly [space: string, ...addresses: string[]]>>,
  text: string,
) {
  const find = (word: string): { readonly space: string; readonly address: string } => {
    const [name, family] = word.endsWith(".6") ? [word.slice(0, -2), 6] : [word, 4];
    const place = places[name];
    if (place === undefined) return { space: "outside", address: word };
    const address = place.slice(1).find((a) => a.includes(":") === (family === 6));
    if (address === undefined) throw new Error(`${name} has no IPv${family} address`);
    return { space: place[0], address };
  };
  return text
    .trim()
    .split("\n")
    .map((line): Verdict => {
      const says = line.trim().replaceAll(/\s+/g, " ");
      const [from, , to, service, verdict] = says.split(" ");
      const [protocol, port = "0"] = service!.split("/");
      if (protocol !== "tcp" && protocol !== "udp" && protocol !== "icmp")
        throw new Error(`bad line: ${line}`);
      if (verdict !== "allow" && verdict !== "deny") throw new Error(`bad line: ${line}`);
      const sender = find(from!);
      const receiver = find(to!);
      return {
        from: sender.space,
        to: receiver.space,
        source: sender.address,
        address: receiver.address,
        protocol,
        port: Number(port),
        allowed: verdict === "allow",
        says,
      };
    });
}

const quickstartPlaces = {
  frontend: ["demo/frontend-0", "10.65.0.2"],
  backend: ["demo/backend-0", "10.65.0.3"],
  host: ["host", "172.16.1.11"],
} as const;
const quickstartWorld = {
  node: "node-1",
  hostAddresses: ["172.16.1.11/24"],
  outsideAddresses: ["172.16.1.12/24", "10.65.0.18/32", "10.65.0.19/32", "192.0.2.10/32", "203.0.113.5/32"],
};

export const SCENARIOS: readonly Scenario[] = [
  {
    ...quickstartWorld,
    fixture: "quickstart/1",
    verdicts: verdicts(
      quickstartPlaces,
      `frontend > backend tcp/9000 allow
       frontend > backend tcp/9001 deny
       frontend > backend udp/9000 deny
       backend > frontend tcp/8080 allow
       backend > frontend tcp/8081 deny
       203.0.113.5 > frontend tcp/8080 allow
       203.0.113.5 > frontend tcp/22 deny
       10.65.0.18 > backend tcp/9000 deny
       192.0.2.10 > backend tcp/9090 deny
       frontend > 203.0.113.5 udp/53 allow
       frontend > 10.65.0.18 tcp/9000 allow
       frontend > host tcp/7000 deny
       host > backend tcp/9999 allow
       203.0.113.5 > host tcp/7000 allow
       backend > frontend icmp deny`,
    ),
  },
  {
    ...quickstartWorld,
    fixture: "quickstart/2",
    verdicts: verdicts(
      quickstartPlaces,
      `192.0.2.10 > backend tcp/9090 allow
       192.0.2.10 > backend tcp/9000 deny
       203.0.113.5 > backend tcp/9090 deny
       frontend > backend tcp/9000 allow`,
    ),
  },
  {
    // 10.96.0.10 is a service address that nothing here translates: such packets must not loop through the uplink.
    fixture: "shop",
    node: "worker-1",
    hostAddresses: ["172.16.10.11/24"],
    outsideAddresses: [
      "172.16.10.12/24",
      "10.244.0.66/32",
      "10.244.0.67/32",
      "10.244.0.73/32",
      "10.96.0.10/32",
      "203.0.113.5/32",
      "203.0.113.33/32",
    ],
    verdicts: verdicts(
      {
        web: ["shop/web-0", "10.244.0.2"],
        gateway: ["shop/gateway-0", "10.244.0.3"],
        catalog: ["shop/catalog-1", "10.244.0.4"],
        search: ["shop/search-1", "10.244.0.5"],
        checkout: ["shop/checkout-0", "10.244.0.6"],
        payment: ["shop/payment-1", "10.244.0.7"],
        recommendation: ["shop/recommendation-0", "10.244.0.8"],
        postgres: ["shop/postgres-1", "10.244.0.9"],
        prometheus: ["monitoring/prometheus-0", "10.244.0.10"],
        host: ["host", "172.16.10.11"],
      },
      `web > gateway tcp/8080 allow
       web > gateway tcp/9102 deny
       gateway > catalog tcp/7000 allow
       web > catalog tcp/7000 deny
       search > catalog tcp/7000 allow
       recommendation > catalog tcp/7000 allow
       checkout > payment tcp/7443 allow
       gateway > payment tcp/7443 deny
       catalog > postgres tcp/5432 allow
       search > postgres tcp/5432 deny
       prometheus > gateway tcp/9102 allow
       prometheus > catalog tcp/9102 allow
       prometheus > postgres tcp/9102 deny
       payment > 203.0.113.5 tcp/443 allow
       payment > 203.0.113.5 tcp/8444 allow
       payment > 203.0.113.5 tcp/80 deny
       payment > 203.0.113.33 tcp/443 deny
       checkout > 203.0.113.5 tcp/443 deny
       web > 10.96.0.10 udp/53 deny
       web > 10.96.0.10 udp/54 deny
       10.244.0.73 > web tcp/8080 allow
       203.0.113.5 > web tcp/8080 deny
       10.244.0.67 > catalog tcp/7000 allow
       10.244.0.66 > catalog tcp/7000 deny
       prometheus > host tcp/7001 allow
       web > host tcp/7001 deny`,
    ),
  },
  {
    fixture: "tiered-enterprise",
    node: "rack1-a",
    hostAddresses: ["172.20.0.11/24"],
    outsideAddresses: ["172.20.0.12/24", "10.20.0.34/32", "10.20.0.35/32", "198.18.0.5/32"],
    verdicts: verdicts(
      {
        matcher: ["trading/matcher-0", "10.20.0.2"],
        risk: ["trading/risk-0", "10.20.0.3"],
        scanner: ["secops/scanner-0", "10.20.0.4"],
      },
      `10.20.0.34 > matcher tcp/9876 allow
       10.20.0.34 > matcher tcp/9900 allow
       10.20.0.34 > matcher tcp/9915 allow
       10.20.0.34 > matcher tcp/9920 deny
       10.20.0.34 > matcher udp/9876 deny
       risk > matcher tcp/9876 allow
       risk > matcher udp/9876 deny
       10.20.0.35 > matcher tcp/9876 deny
       10.20.0.35 > risk tcp/80 deny
       172.20.0.12 > risk tcp/80 deny
       172.20.0.12 > matcher tcp/9876 deny
       scanner > matcher tcp/22 allow
       scanner > risk tcp/443 allow
       scanner > risk udp/443 deny
       scanner > risk icmp allow
       198.18.0.5 > scanner tcp/80 deny
       scanner > 198.18.0.5 tcp/80 deny
       scanner > 172.20.0.12 tcp/80 allow
       10.20.0.34 > scanner tcp/80 allow
       matcher > 10.20.0.34 tcp/80 allow
       matcher > 172.20.0.12 tcp/80 deny
       matcher > 172.20.0.12 udp/53 allow
       matcher > risk tcp/22 deny
       matcher > risk tcp/23 allow`,
    ),
  },
  {
    fixture: "multi-tenant",
    node: "node-1",
    hostAddresses: ["172.16.5.11/24"],
    outsideAddresses: [
      "172.16.5.12/24",
      "10.50.0.68/32",
      "10.50.0.69/32",
      "100.64.0.1/32",
      "10.96.0.10/32",
      "203.0.113.5/32",
    ],
    verdicts: verdicts(
      { acme: ["acme/app-0", "10.50.0.4"], globex: ["globex/app-0", "10.50.0.5"] },
      `acme > globex tcp/8080 deny
       10.50.0.68 > acme tcp/8080 allow
       10.50.0.69 > acme tcp/8080 deny
       100.64.0.1 > acme tcp/8080 deny
       203.0.113.5 > acme tcp/8080 deny
       acme > 10.50.0.68 tcp/8080 allow
       acme > 10.96.0.10 udp/53 allow
       acme > 203.0.113.5 tcp/80 deny`,
    ),
  },
  {
    fixture: "dual-stack-vxlan",
    node: "alpha",
    hostAddresses: ["192.168.50.11/24", "2001:db8:50::11/64"],
    outsideAddresses: [
      "192.168.50.12/24",
      "198.51.100.9/32",
      "203.0.113.9/32",
      "2001:db8:50::12/64",
      "2001:db8:100::9/128",
      "2001:db8:99::1/128",
    ],
    verdicts: verdicts(
      {
        ingest: ["media/ingest-0", "10.80.0.2", "fd80:24e2:f998:72d6::2"],
        transcode: ["media/transcode-0", "10.80.0.3", "fd80:24e2:f998:72d6::3"],
        host: ["host", "192.168.50.11", "2001:db8:50::11"],
      },
      `198.51.100.9 > ingest udp/5004 allow
       203.0.113.9 > ingest udp/5004 deny
       198.51.100.9 > ingest udp/5005 deny
       198.51.100.9 > ingest tcp/5004 deny
       2001:db8:100::9 > ingest.6 udp/5004 allow
       2001:db8:99::1 > ingest.6 udp/5004 deny
       2001:db8:100::9 > ingest.6 tcp/5004 deny
       2001:db8:99::1 > ingest.6 icmp allow
       203.0.113.9 > ingest icmp allow
       transcode > ingest tcp/80 deny
       transcode.6 > ingest.6 tcp/80 deny
       ingest > transcode tcp/8080 allow
       ingest.6 > transcode.6 tcp/8080 allow
       ingest.6 > transcode.6 udp/9000 allow
       ingest > host tcp/7002 allow
       ingest.6 > host.6 tcp/7002 allow
       host.6 > ingest.6 tcp/81 allow`,
    ),
  },
  {
    fixture: "bare-metal",
    node: "db-1",
    hostAddresses: ["10.0.1.11/24"],
    outsideAddresses: [
      "10.0.1.12/24",
      "10.0.2.11/32",
      "10.9.0.5/32",
      "10.5.5.5/32",
      "203.0.113.9/32",
      "198.51.100.7/32",
    ],
    verdicts: verdicts(
      { host: ["host", "10.0.1.11"] },
      `10.0.2.11 > host tcp/5432 allow
       10.0.2.11 > host tcp/5433 deny
       10.0.1.12 > host tcp/5433 allow
       10.9.0.5 > host tcp/22 allow
       10.5.5.5 > host tcp/22 allow
       203.0.113.9 > host tcp/22 deny
       203.0.113.9 > host tcp/5432 deny
       203.0.113.9 > host icmp allow
       198.51.100.7 > host udp/68 allow
       198.51.100.7 > host udp/5000 deny
       host > 10.0.1.12 tcp/5432 allow
       host > 10.0.1.12 tcp/80 deny
       host > 203.0.113.9 udp/123 allow
       host > 203.0.113.9 udp/53 allow
       host > 203.0.113.9 tcp/80 deny`,
    ),
  },
];
