import type { Case } from "../case.ts";
import {
  calicoPolicy,
  globalPolicy,
  kubernetesPolicy,
  stagedGlobalPolicy,
  stagedKubernetesPolicy,
  stagedPolicy,
  tier,
} from "../resources.ts";

/** Staged policies are reported about and never enforced. */
export const STAGED: readonly Case[] = [
  {
    name: "a staged policy denies nothing",
    policies: [
      stagedPolicy("x/deny", "{ ingress: [{ action: Deny }], egress: [{ action: Deny }] }"),
      stagedGlobalPolicy("deny", "{ selector: all(), types: [Ingress, Egress] }"),
      stagedKubernetesPolicy("y/deny", "{ podSelector: {}, policyTypes: [Ingress, Egress] }"),
    ],
    expected: "allow * > *",
  },
  {
    name: "a staged policy allows nothing",
    policies: [
      stagedPolicy("x/open", "{ order: 1, ingress: [{ action: Allow }] }"),
      stagedKubernetesPolicy("x/open", "{ podSelector: {}, ingress: [{}] }"),
      kubernetesPolicy("x/closed", "podSelector: {}"),
    ],
    expected: `
      allow * > *
      deny * > x/*`,
  },
  {
    name: "a staged policy stands beside the one that it is to replace",
    policies: [
      calicoPolicy("x/web", "ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80] } }]"),
      stagedPolicy("x/web", "ingress: [{ action: Allow, protocol: UDP }]"),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/* tcp/80`,
  },
  {
    name: "a policy staged for deletion stays in force",
    policies: [
      calicoPolicy("x/web", "ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80] } }]"),
      stagedPolicy("x/web", "stagedAction: Delete"),
      globalPolicy("udp", "{ selector: pod == 'c', egress: [{ action: Allow, protocol: UDP }] }"),
      stagedGlobalPolicy("udp", "stagedAction: Delete"),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/* tcp/80
      deny */c > * tcp`,
  },
  {
    name: "a tier of staged policies only is passed by",
    policies: [
      tier("trial", "order: 10"),
      stagedGlobalPolicy(
        "trial",
        "{ tier: trial, selector: all(), ingress: [{ action: Deny, protocol: TCP }] }",
      ),
      calicoPolicy("x/web", "ingress: [{ action: Allow, protocol: TCP }]"),
    ],
    expected: `
      allow * > *
      deny * > x/* udp`,
  },
  {
    name: "a staged policy among enforced ones of its tier",
    policies: [
      calicoPolicy(
        "x/first",
        "{ order: 1, ingress: [{ action: Deny, protocol: UDP, destination: { ports: [80] } }] }",
      ),
      stagedPolicy("x/second", "{ order: 2, ingress: [{ action: Pass, protocol: TCP }, { action: Allow }] }"),
      calicoPolicy("x/third", "{ order: 3, ingress: [{ action: Allow, protocol: UDP }] }"),
    ],
    expected: `
      allow * > *
      deny * > x/* tcp udp/80`,
  },
];
