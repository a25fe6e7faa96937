// Properties run on the same inputs every time, so that a red run can be repeated; FC_SEED explores others.
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20261124) });
