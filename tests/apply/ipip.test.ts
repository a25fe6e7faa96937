import { expect, test } from "vitest";
import { apply } from "../../runtime/apply/apply.ts";
import { FakeMachine } from "../../runtime/host/fake/fake-host.ts";
import { addDevices, distance } from "./fake-machine.ts";
import { bare, compileTarget, fixtureFiles } from "./plans.ts";

const TUNNELS = compileTarget(fixtureFiles("ipip-cross-subnet"), "east-1");

/** With the devices of the bundle, but for the tunnel. */
function machine(): FakeMachine {
  const made = new FakeMachine();
  addDevices(made, { name: "tunnels", from: bare("east-1"), to: TUNNELS });
  return made;
}

test("a host whose kernel has not loaded IPIP yet gets its device", async () => {
  const host = machine();
  await apply(host.host(), TUNNELS);
  expect(await distance(host, TUNNELS)).toEqual([]);
  expect((await apply(host.host(), TUNNELS)).steps).toEqual([]);
  await apply(host.host(), bare("east-1"), { acceptWindow: true });
  expect(host.kernel.routing.show(["addr"])).not.toContain("10.120.0.8");
});

test("the device that is there since the module was loaded is put up", async () => {
  const host = machine();
  host.kernel.routing.addDevice("tunl0", "ipip");
  await apply(host.host(), TUNNELS);
  const links = JSON.parse(host.kernel.routing.show(["link"])) as readonly { readonly ifname: string }[];
  expect(links.find(({ ifname }) => ifname === "tunl0")).toMatchObject({ flags: ["UP"] });
  expect((await apply(host.host(), TUNNELS)).steps).toEqual([]);
});

test("a kernel without IPIP is said to be one, and the host is as it was", async () => {
  const host = machine();
  host.kernel.routing.hasIpip = false;
  await expect(apply(host.host(), TUNNELS)).rejects.toThrow(
    /make tunl0: the kernel has no IPIP \(module ipip\)/,
  );
  expect(await distance(host, bare("east-1"))).toEqual([]);
});
