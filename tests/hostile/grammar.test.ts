import { expect, test } from "vitest";
import { complaintAbout } from "./grammar.ts";

test.each([
  ["iptables.restore", '-A cali-x -m comment --comment "a" -j ACCEPT -j DROP'],
  ["iptables.restore", '-A cali-x -m comment --comment "a" b" -j DROP'],
  ["iptables.restore", "-A cali-x -m comment --comment a\\ -j DROP"],
  ["iptables.restore", "x\nCOMMIT"],
  ["iptables.restore", ":cali-name-that-is-far-too-long-here - [0:0]"],
  ["ip6tables.restore", "*filter\n-X cali-x\r"],
  ["ipset.restore", "add cali40x 10.0.0.1 # x"],
  ["ipset.restore", 'add "x" y'],
  ["ipset.restore", "add cali40x 0.0.0.0,tcp:80"],
  ["bird.conf", "protocol bgp x { neighbor :: as 64512; }"],
  ["ip.batch", "route add 10.0.0.0/8; reboot"],
  ["sysctl.conf", "net.x = 1; y"],
  ["bird.conf", 'description "a\nb";'],
  ["bird.conf", 'description "a"b";'],
  ["bird.conf", "protocol x { } }"],
  ["bird.conf", "protocol x {"],
  ["bird.conf", "log \0;"],
])("text that is none for %s is seen: %j", (path, text) => {
  expect(complaintAbout(path, text)).toBeDefined();
});

test.each([
  ["iptables.restore", '-A cali-x -m comment --comment "-j ACCEPT \\" -j DROP" -j cali-y'],
  ["ip6tables.restore", ":cali-pro-::/0 - -"],
  ["ipset.restore", "add cali40x 0.0.0.0/1"],
  ["bird.conf", "protocol bgp x { neighbor ::1 as 64512; }"],
  ["ipset.restore", "# anything\ncreate cali40x hash:net family inet\nadd cali40x 10.0.0.0/8"],
  ["bird.conf", 'protocol device { # }\n description "} #"; }'],
])("text that is quoted stays in its place for %s: %j", (path, text) => {
  expect(complaintAbout(path, text)).toBeUndefined();
});
