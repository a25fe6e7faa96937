import { ingress, pack, ports } from "../case.ts";

export const PORT_CASES = pack("ports", [
  ingress(
    "§4.3 one destination port",
    `{ action: Allow, protocol: TCP, destination: { ports: [80] } }`,
    `203.0.113.5 > subject tcp/79 deny
     203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny
     203.0.113.5 > subject udp/80 deny
     203.0.113.5 > subject tcp/80>81 deny
     2001:db8:f::5 > subject.6 tcp/80 allow`,
  ),
  ingress(
    "§4.3 a range of destination ports",
    `{ action: Allow, protocol: UDP, destination: { ports: ["1000:1002"] } }`,
    `203.0.113.5 > subject udp/999 deny
     203.0.113.5 > subject udp/1000 allow
     203.0.113.5 > subject udp/1001 allow
     203.0.113.5 > subject udp/1002 allow
     203.0.113.5 > subject udp/1003 deny
     203.0.113.5 > subject tcp/1001 deny`,
  ),
  ingress(
    "resources §2.3 the first and the last port",
    `{ action: Allow, protocol: TCP, destination: { ports: [1, 65535] } }`,
    `203.0.113.5 > subject tcp/1 allow
     203.0.113.5 > subject tcp/2 deny
     203.0.113.5 > subject tcp/65534 deny
     203.0.113.5 > subject tcp/65535 allow`,
  ),
  ingress(
    "§4.1 ports with the protocol's number",
    `{ action: Allow, protocol: 6, destination: { ports: [80, "90:91"] } },
     { action: Allow, protocol: 132, destination: { ports: [70] } }`,
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/90 allow
     203.0.113.5 > subject tcp/92 deny
     203.0.113.5 > subject sctp/70 allow
     203.0.113.5 > subject sctp/80 deny`,
  ),
  ingress(
    "§4.3 a source port",
    `{ action: Allow, protocol: UDP, source: { ports: [1234] } }`,
    `203.0.113.5 > subject udp/1234>53 allow
     203.0.113.5 > subject udp/1233>53 deny
     203.0.113.5 > subject udp/1235>53 deny
     203.0.113.5 > subject udp/53>1234 deny`,
  ),
  ingress(
    "§4.3 source and destination ports are both asked",
    `{ action: Allow, protocol: TCP, source: { ports: ["1024:65535"] }, destination: { ports: [80] } }`,
    `203.0.113.5 > subject tcp/1024>80 allow
     203.0.113.5 > subject tcp/1023>80 deny
     203.0.113.5 > subject tcp/1024>81 deny`,
  ),
  ingress(
    "§4.3 SCTP source ports",
    `{ action: Allow, protocol: SCTP, source: { ports: [2905] } }`,
    `203.0.113.5 > subject sctp/2905>1 allow
     203.0.113.5 > subject sctp/2906>1 deny`,
  ),
  ingress(
    "§4.3 notPorts",
    `{ action: Allow, protocol: TCP, destination: { notPorts: [22, "8000:8080"] } }`,
    `203.0.113.5 > subject tcp/22 deny
     203.0.113.5 > subject tcp/23 allow
     203.0.113.5 > subject tcp/7999 allow
     203.0.113.5 > subject tcp/8000 deny
     203.0.113.5 > subject tcp/8080 deny
     203.0.113.5 > subject tcp/8081 allow
     203.0.113.5 > subject udp/23 deny`,
  ),
  ingress(
    "§4.3 notPorts of the source",
    `{ action: Allow, protocol: TCP, source: { notPorts: ["1:1023"] } }`,
    `203.0.113.5 > subject tcp/1>80 deny
     203.0.113.5 > subject tcp/1023>80 deny
     203.0.113.5 > subject tcp/1024>80 allow`,
  ),
  ingress(
    "§4.3 ports without some of them",
    `{ action: Allow, protocol: TCP, destination: { ports: ["8000:9000"], notPorts: [8080] } }`,
    `203.0.113.5 > subject tcp/8000 allow
     203.0.113.5 > subject tcp/8079 allow
     203.0.113.5 > subject tcp/8080 deny
     203.0.113.5 > subject tcp/8081 allow
     203.0.113.5 > subject tcp/9001 deny`,
  ),
  ingress(
    "§4.4 15 port slots fit into one match",
    `{ action: Allow, protocol: TCP, destination: { ports: [${ports(1001, 15, 2)}] } }`,
    `203.0.113.5 > subject tcp/1001 allow
     203.0.113.5 > subject tcp/1002 deny
     203.0.113.5 > subject tcp/1029 allow
     203.0.113.5 > subject tcp/1031 deny`,
  ),
  ingress(
    "§4.4 more than 15 port slots: the 16th still matches",
    `{ action: Allow, protocol: TCP, destination: { ports: [${ports(1001, 16, 2)}] } }`,
    `203.0.113.5 > subject tcp/1001 allow
     203.0.113.5 > subject tcp/1029 allow
     203.0.113.5 > subject tcp/1030 deny
     203.0.113.5 > subject tcp/1031 allow
     203.0.113.5 > subject tcp/1033 deny
     203.0.113.5 > subject udp/1031 deny
     2001:db8:f::5 > subject.6 tcp/1031 allow`,
  ),
  ingress(
    "§4.4 a range takes two slots: 14 ports and a range begin a second match",
    `{ action: Allow, protocol: TCP, destination: { ports: [${ports(1001, 14, 2)}, "2000:2002"] } }`,
    `203.0.113.5 > subject tcp/1027 allow
     203.0.113.5 > subject tcp/1999 deny
     203.0.113.5 > subject tcp/2000 allow
     203.0.113.5 > subject tcp/2002 allow
     203.0.113.5 > subject tcp/2003 deny`,
  ),
  ingress(
    "§4.4 eight ranges fill more than one match",
    `{ action: Allow, protocol: UDP, destination: { ports: [
       "10:11", "20:21", "30:31", "40:41", "50:51", "60:61", "70:71", "80:81"] } }`,
    `203.0.113.5 > subject udp/10 allow
     203.0.113.5 > subject udp/12 deny
     203.0.113.5 > subject udp/71 allow
     203.0.113.5 > subject udp/80 allow
     203.0.113.5 > subject udp/82 deny`,
  ),
  ingress(
    "resources §6.2 as many ports as a list may hold",
    `{ action: Allow, protocol: TCP, destination: { ports: [${ports(2001, 50, 2)}] } }`,
    `203.0.113.5 > subject tcp/2001 allow
     203.0.113.5 > subject tcp/2031 allow
     203.0.113.5 > subject tcp/2061 allow
     203.0.113.5 > subject tcp/2099 allow
     203.0.113.5 > subject tcp/2100 deny
     203.0.113.5 > subject tcp/2101 deny`,
  ),
  ingress(
    "§4.4 more than 15 source ports and more than 15 destination ports: one of each",
    `{ action: Allow, protocol: TCP,
       source: { ports: [${ports(501, 20)}] }, destination: { ports: [${ports(1001, 20)}] } }`,
    `203.0.113.5 > subject tcp/501>1001 allow
     203.0.113.5 > subject tcp/520>1020 allow
     203.0.113.5 > subject tcp/501>1021 deny
     203.0.113.5 > subject tcp/521>1001 deny`,
  ),
  ingress(
    "§4.3 more than 15 negated ports: none of any match",
    `{ action: Allow, protocol: TCP, destination: { notPorts: [${ports(1001, 20, 2)}] } }`,
    `203.0.113.5 > subject tcp/1001 deny
     203.0.113.5 > subject tcp/1029 deny
     203.0.113.5 > subject tcp/1031 deny
     203.0.113.5 > subject tcp/1039 deny
     203.0.113.5 > subject tcp/1040 allow
     203.0.113.5 > subject tcp/1041 allow`,
  ),
  ingress(
    "§4.3 more than 15 negated source ports",
    `{ action: Allow, protocol: UDP, source: { notPorts: [${ports(1001, 20, 2)}] } }`,
    `203.0.113.5 > subject udp/1001>53 deny
     203.0.113.5 > subject udp/1039>53 deny
     203.0.113.5 > subject udp/1040>53 allow`,
  ),
]);
